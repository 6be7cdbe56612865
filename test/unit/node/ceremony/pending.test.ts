import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { bigintToBytes } from '../../../../src/crypto/bytes.ts';
import { Pending } from '../../../../src/node/ceremony/pending.ts';
import { pendingShareCodec } from '../../../../src/protocols/keygen/messages.ts';
import { signedDefinition } from '../../audit/support/folders.ts';
import { epochFixture } from '../epoch-fixture.ts';
import { memoryLog, named } from '../helpers.ts';

const { record, shares } = epochFixture('pending');
const secret = {
  index: partyIndex(1),
  share: bigintToBytes(shares[0]?.share ?? 1n, 32),
  chainCode: named('chain code'),
};
const bytes = (): Uint8Array => encode(pendingShareCodec, { record, ...secret }).slice();
const signed = signedDefinition(4, 3);
const full = new OperationError('disk-full', 'retry', 'no room');

function made(keep?: () => void, drop?: () => void) {
  const calls: string[] = [];
  const lent: Uint8Array[] = [];
  const log = memoryLog();
  const pending = new Pending({
    log,
    keepPending: ({ share, chainCode }) => {
      calls.push('keep');
      lent.push(share, chainCode);
      keep?.();
    },
    dropPending: () => {
      calls.push('drop');
      drop?.();
    },
  });
  return { pending, calls, lent, log };
}

describe('a pending share', () => {
  it('is dropped once, and its bytes do not stay in memory', () => {
    const { pending, calls, lent } = made();
    pending.keep(bytes(), signed);
    expect(lent.every((part) => part.every((byte) => byte === 0))).toBe(true);
    expect([pending.drop(), pending.drop(), calls]).toEqual([true, true, ['keep', 'drop']]);
  });
  it('is not dropped once it is the active one', () => {
    const { pending, calls } = made();
    pending.keep(bytes(), signed);
    pending.settle();
    expect([pending.drop(), calls]).toEqual([true, ['keep']]);
  });
  it('of which only a part was written is dropped too', () => {
    const { pending, calls, lent } = made(() => {
      throw full;
    });
    expect(() => pending.keep(bytes(), signed)).toThrow(full);
    expect(lent.every((part) => part.every((byte) => byte === 0))).toBe(true);
    expect([pending.drop(), calls]).toEqual([true, ['keep', 'drop']]);
  });
  it('that the disk does not let go of is said to be there', () => {
    const { pending, log } = made(undefined, () => {
      throw full;
    });
    pending.keep(bytes(), signed);
    expect(pending.drop()).toBe(false);
    expect(log.lines).toMatchObject([{ event: 'pending share not dropped' }]);
  });
});
