import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { Signatures } from '../../../../src/node/ceremony/signatures.ts';
import type { PeerStatus } from '../../../../src/node/cluster/peer.ts';
import { readDefinition } from '../../../../src/chain/definition-file.ts';
import { signedDefinition } from '../../audit/support/folders.ts';
import { memoryDisk } from '../helpers.ts';

const whole = signedDefinition(3, 2);
const [first, second, third] = whole.signatures;
if (first === undefined || second === undefined || third === undefined)
  throw new RangeError('three signatures');
const made = () => {
  const disk = memoryDisk();
  return { disk, signatures: new Signatures({ ...whole, signatures: [] }, disk, 'c') };
};
const peer = (index: number, state: PeerStatus['state']): PeerStatus => ({
  ...{ index: partyIndex(index), name: `node-${index}`, state, lastSeen: undefined, tries: 3 },
  ...{ reason: 'peer-unreachable', rttMs: undefined, queuedBytes: 0, hello: undefined },
});

describe('the signatures of a definition', () => {
  it('are on disk as far as they are known', () => {
    const { disk, signatures } = made();
    const onDisk = (): number =>
      readDefinition(disk.read('c/definition.json') ?? new Uint8Array(0), 'c').signatures.length;
    expect(onDisk()).toBe(0);
    signatures.add(first);
    expect(signatures.hear(partyIndex(2), second)?.name).toBe('node-2');
    expect([onDisk(), signatures.isComplete, signatures.unsigned]).toEqual([2, false, ['node-3']]);
    signatures.hear(partyIndex(3), third);
    expect([onDisk(), signatures.isComplete]).toEqual([3, true]);
    expect(signatures.acceptances.map(({ index }) => index)).toEqual([1, 2, 3]);
  });

  it('do not count when the disk does not take them', () => {
    const { disk, signatures } = made();
    disk.fault = { code: 'disk-full', level: 'retry' };
    expect(() => signatures.add(first)).toThrow(OperationError);
    expect(signatures.of(first.identityPk)).toBeUndefined();
  });

  it('are a member’s own: another’s is refused, a stranger’s and a second one passed over', () => {
    const { signatures } = made();
    expect(() => signatures.hear(partyIndex(1), second)).toThrow(
      expect.objectContaining({ code: 'bad-signature' }),
    );
    expect(signatures.hear(partyIndex(9), second)).toBeUndefined();
    signatures.add(first);
    expect(signatures.hear(partyIndex(1), second)).toBeUndefined();
  });

  it('and the links say what is still missing, by name', () => {
    const { signatures } = made();
    for (const [j, one] of [first, second].entries()) signatures.hear(partyIndex(j + 1), one);
    const self = partyIndex(1);
    expect(signatures.missing(self, [peer(2, 'connecting'), peer(3, 'connected')])).toEqual([
      'node-2 is not connected (peer-unreachable, 3 tries)',
      'node-3 has not signed',
    ]);
    signatures.hear(partyIndex(3), third);
    expect(signatures.missing(self, [peer(2, 'connected'), peer(3, 'connected')])).toEqual([]);
  });
});
