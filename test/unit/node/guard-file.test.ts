import { describe, expect, it } from 'vitest';

import { ascii, latin1, to0x } from '../../../src/crypto/bytes.ts';
import { identityPublicKey, signFor } from '../../../src/crypto/ed25519.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import {
  type GuardExport,
  marksToImport,
  readGuardFile,
  writeGuardFile,
} from '../../../src/node/guard-file.ts';
import type { GuardRecord } from '../../../src/node/guard-record.ts';
import { named } from './helpers.ts';

const seed = named('seed');
const slot = { lane: 'nonce', scope: ascii('a'), number: 4n } as const;
const record: GuardRecord = {
  ...{ slots: [slot], kind: 'submit-batch', contentHash: named('content'), digest: named('digest') },
  ...{
    fees: { maxFeePerGas: 1n << 100n, maxPriorityFeePerGas: 2n, maxFeePerBlobGas: undefined },
    feeStep: 0,
  },
  ...{ requestHash: named('r'), presigId: named('p'), tau0: named('t'), posRef: new Uint8Array(0) },
  ...{ boot: 3n, epoch: 1 },
};
const content: GuardExport = {
  l1ChainId: 31_337n,
  identityPk: identityPublicKey(seed),
  seq: 2,
  head: named('head'),
  exportedAt: '2026-01-01T00:00:00.000Z',
  keyId: named('key'),
  address: parseAddress('0x5FbDB2315678afecb367f032d93F642f64180aa3'),
  marks: [
    { lane: 'nonce', scope: ascii('a'), low: 1n, high: undefined, highest: 4n },
    { lane: 'batch', scope: ascii('b'), low: undefined, high: (1n << 64n) - 1n, highest: 9n },
  ],
  records: [record],
};
const sign = (hash32: Uint8Array): Uint8Array => signFor('guard', seed, hash32);
const file = writeGuardFile(content, sign);

describe('the interchange file of a register', () => {
  it('says what the register says, and is read as it was written', () => {
    expect(readGuardFile(file, 'file')).toEqual(content);
    const few = { ...content, records: [], marks: [] };
    expect(readGuardFile(writeGuardFile(few, sign), 'file')).toEqual(few);
    expect(latin1(file)).toContain('"kind": "conclave-guard"');
  });

  it('is refused at every truncation and with any byte changed', () => {
    const code = (bytes: Uint8Array): string => {
      try {
        readGuardFile(bytes, 'file');
        return 'read';
      } catch (error) {
        return error instanceof Error && error.name === 'InputError' ? 'refused' : String(error);
      }
    };
    for (let at = 0; at < file.length; at++) {
      expect(code(file.slice(0, at))).toBe('refused');
      expect(code(file.map((byte, i) => (i === at ? byte ^ 1 : byte)))).toBe('refused');
    }
    expect(code(ascii(`${latin1(file)} `))).toBe('refused');
  });

  it('is refused when a readable field differs from the record itself, even signed', () => {
    const text = latin1(file).replace('"submit-batch"', '"something-else"');
    expect(text).not.toBe(latin1(file));
    expect(() => readGuardFile(ascii(text), 'file')).toThrow(/twice, and differently/);
  });

  it('is refused without the signature of the node that it names', () => {
    const other = writeGuardFile(content, (hash32) => signFor('guard', named('other'), hash32));
    expect(() => readGuardFile(other, 'file')).toThrow(/not signed by the node/);
  });
});

describe('what is imported', () => {
  it('is the low mark, and the highest number where no record shows it', () => {
    const rows = marksToImport(content).map(({ lane, scope, low, high }) => [lane, to0x(scope), low, high]);
    expect(rows).toEqual([
      ['nonce', '0x61', 1n, undefined],
      ['batch', '0x62', 9n, undefined],
    ]);
    const [nonce] = marksToImport({ ...content, records: [] });
    expect(nonce?.low).toBe(4n);
  });
});
