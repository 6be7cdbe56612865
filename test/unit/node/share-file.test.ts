import { describe, expect, test } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import {
  checkShare,
  chainCodeHash,
  epochFolder,
  labelOfFile,
  openShare,
  sealShare,
  shareFileName,
  shareLabel,
} from '../../../src/node/share-file.ts';
import { context, epochFixture, nodeFixture } from './epoch-fixture.ts';
import { named, seededRng } from './helpers.ts';

const { record, shares, identities } = epochFixture('file');
const later = epochFixture('file, later', record);
const index = partyIndex(2);
const secret = shares[1]!;
const seat = { network: 'devnet', identityPk: identities[1]!, record, index };
const { master } = nodeFixture(2);
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? error.code : 'another error';
  }
};

describe('the name of a share file', () => {
  test('is that of its seat in epoch 0, and carries its session in later ones', () => {
    const label = toHex(later.record.originSid).slice(0, 16);
    expect(shareFileName(0, record.originSid, index)).toBe('share-2.json');
    expect(shareFileName(1, later.record.originSid, index)).toBe(`share-2-${label}.json`);
    expect(labelOfFile('share-2.json')).toBe('');
    expect(labelOfFile(`share-2-${label}.json`)).toBe(label);
    expect(epochFolder('keys/a', 12)).toBe('keys/a/epoch-000012');
  });

  test('has no label where the session is not known', () => {
    expect(shareLabel(3, new Uint8Array(32))).toBe('');
  });

  test.each(['state.log', 'share-.json', 'share-2-abc.json', 'share-2.json.bak', 'xshare-2.json'])(
    'is not %s',
    (name) => {
      expect(labelOfFile(name)).toBeUndefined();
    },
  );
});

describe('a sealed share', () => {
  const bytes = sealShare(master, seat, { secret, context }, seededRng('seal'));

  test('opens for its seat, and for no other network, seat, node or record', () => {
    const opened = openShare(master, seat, bytes, 'share');
    expect(opened.purpose).toBe('batch');
    expect(opened.secret.use((plain) => plain.subarray(32).slice())).toEqual(secret.chainCode);
    const codeWith = (change: object): string =>
      codeOf(() => openShare(master, { ...seat, ...change }, bytes, 'share'));
    expect(codeWith({ network: 'main' })).toBe('wrong-cluster');
    expect(codeWith({ identityPk: identities[2]! })).toBe('wrong-node');
    expect(codeWith({ index: partyIndex(3) })).toBe('share-does-not-match-lock');
    expect(codeWith({ record: { ...record, epochNo: 1 } })).toBe('stale-epoch');
    expect(codeWith({ record: { ...record, originSid: later.record.originSid } })).toBe(
      'share-does-not-match-lock',
    );
  });

  test('is checked against the public share and the chain code before it is used', () => {
    expect(codeOf(() => checkShare(seat, secret, 'x'))).toBe('accepted');
    const chainCode = named('other');
    expect(codeOf(() => checkShare(seat, { ...secret, chainCode }, 'x'))).toBe('share-does-not-match-lock');
    expect(codeOf(() => checkShare(seat, shares[0]!, 'x'))).toBe('share-does-not-match-lock');
    expect(chainCodeHash(secret.chainCode)).toEqual(record.ccHash);
  });
});
