import { keccak256 } from '../../src/ethereum/address.ts';
import { Mempool, poolLimits } from '../../src/services/mempool/service.ts';
import type { Clock, Disk } from '../../src/system/ports.ts';
import { keptLog } from '../sim/log.ts';
import { CHAIN, headAt } from '../unit/services/mempool/harness.ts';

/** Of an account that can pay for anything and has sent nothing. */
const state = {
  ...{ nonce: 0n, balance: 1n << 100n },
  ...{ codeHash: keccak256(new Uint8Array(0)), storageRoot: new Uint8Array(32) },
};

/** A pool over accounts that are all rich, with room for many transactions of each. */
export const openPool = (disk: Disk, clock: Clock): Promise<Mempool> =>
  Mempool.open(
    {
      ...{ chainId: CHAIN, minTip: 1n, allowed: undefined, path: 'pool/journal.log' },
      limits: { ...poolLimits, perAccount: 1_000 },
    },
    { disk, clock, log: keptLog(), state: { account: () => Promise.resolve(state) } },
    headAt(1),
  );
