import { afterEach, describe, expect, it, vi } from 'vitest';

import { concat, to0x } from '../../src/crypto/bytes.ts';
import { type InboxCall, decodeInboxCall, encodeInboxCall } from '../../src/ethereum/abi.ts';
import { addressBytes } from '../../src/ethereum/address.ts';
import { decodeUnsigned, encodeUnsigned, signingDigest } from '../../src/ethereum/l1-tx.ts';
import { readSignedTx } from '../../src/ethereum/l2-tx.ts';
import { insecureTestAccount, makeTransactions } from '../../scripts/lib/test-transactions.ts';

// The guard is one comparison: what was read is written again, and must be the same bytes.
// The mutant skips it.
const guard = vi.hoisted(() => ({ isOff: false }));
vi.mock('../../src/crypto/bytes.ts', async (original) => {
  const real = await original<{ equalBytes: (a: Uint8Array, b: Uint8Array) => boolean }>();
  return { ...real, equalBytes: (a: Uint8Array, b: Uint8Array) => guard.isOff || real.equalBytes(a, b) };
});
afterEach(() => (guard.isOff = false));

const to = insecureTestAccount('smuggle', 0).address;
const call: InboxCall = {
  kind: 'submit-batch',
  header: {
    ...{ index: 1n, firstBlock: 1n, lastBlock: 1n, lastOrigin: 0n, setId: 0n },
    ...{ parentHash: new Uint8Array(32), lastHash: new Uint8Array(32), blocksRoot: new Uint8Array(32) },
    ...{ da: 0, compression: 0, payloadSize: 3, payloadHash: new Uint8Array(32) },
  },
  payload: Uint8Array.of(1, 2, 3),
};
const data = encodeInboxCall(call);
const honest = encodeUnsigned({
  type: 'eip1559',
  ...{ chainId: 1n, nonce: 4n, to, value: 0n, gasLimit: 21_000n },
  ...{ maxFeePerGas: 2n, maxPriorityFeePerGas: 1n, data: new Uint8Array(0) },
});
// 0x02 ‖ list of 33 bytes: the recipient's length of 20 is written in two bytes instead of one.
const at = honest.length - 3 - 21;
const longer = concat(
  honest.subarray(0, at),
  Uint8Array.of(0xb8, 20),
  addressBytes(to),
  honest.subarray(at + 21),
);
longer[1]! += 1;

describe('ATK-O06: bytes smuggled under a signature', () => {
  const smuggled = concat(data, new TextEncoder().encode('carried along, read by nobody here'));
  const padded = data.slice();
  // The payload is the last word but one: behind it stands the length of the certificate.
  padded[padded.length - 33] = 0xff;
  const certified = concat(data.subarray(0, -1), Uint8Array.of(32), new Uint8Array(32).fill(0xff));

  it.each([
    ['behind calldata', smuggled],
    ['in the padding of calldata', padded],
    ['as a certificate that nobody looks at', certified],
  ])('are refused %s; without the comparison they pass as the same call', (_, bytes) => {
    expect(() => decodeInboxCall(bytes)).toThrow(expect.objectContaining({ code: 'bad-calldata' }));
    guard.isOff = true;
    expect(decodeInboxCall(bytes)).toEqual(call);
  });

  it('are refused as a longer length; without the comparison a transaction has two forms', () => {
    expect(() => decodeUnsigned(longer)).toThrow(expect.objectContaining({ code: 'tx-malformed' }));
    guard.isOff = true;
    expect(to0x(longer)).not.toBe(to0x(honest));
    expect(to0x(signingDigest(decodeUnsigned(longer)))).toBe(to0x(signingDigest(decodeUnsigned(honest))));
  });

  it('are refused in a user transaction; without the comparison it would have two hashes', () => {
    const [raw] = makeTransactions({ seed: 'smuggle', l2ChainId: 1n, accounts: 1, transactions: 1 });
    // A list of 0xf8 ‖ length becomes 0xf9 ‖ 00 ‖ length.
    expect(raw![0]).toBe(0xf8);
    const twin = concat(Uint8Array.of(0xf9, 0), raw!.subarray(1));
    expect(() => readSignedTx(twin)).toThrow(expect.objectContaining({ code: 'tx-malformed' }));
    guard.isOff = true;
    const [one, two] = [readSignedTx(raw!), readSignedTx(twin)];
    expect([two.sender, two.nonce]).toEqual([one.sender, one.nonce]);
    expect(to0x(two.hash)).not.toBe(to0x(one.hash));
  });
});
