import { scryptSync } from 'node:crypto';

import type { Kdf } from './ports.ts';

/** Room beside the 128 · n · r bytes of the working set, for the blocks of p and OpenSSL's own needs. */
const SPARE_BYTES = 32 * 1024 * 1024;

/** OpenSSL's scrypt. `maxmem` follows the cost: the default of 32 MiB would refuse the cost we ask for. */
export const nodeKdf: Kdf = {
  scrypt: (password, salt, { n, r, p }, length) =>
    Uint8Array.from(
      scryptSync(password, salt, length, { N: n, r, p, maxmem: 128 * n * r + 128 * r * p + SPARE_BYTES }),
    ),
};
