import type { KeygenTestRequest } from '../../chain/duty.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import type { EpochRecord } from '../../protocols/epoch.ts';
import { type Check, type KeyView, refuse } from './verdict.ts';

/** How many quorums sign so that together they contain every member: ⌈n/t⌉. [product, 5.2] */
export const testWindows = ({ members, threshold }: EpochRecord): number =>
  Math.ceil(members.length / threshold);

/** The quorum of window `w`: t members from place w·t on, in a circle, ascending. */
export function testQuorum({ members, threshold }: EpochRecord, window: number): readonly PartyIndex[] {
  return Array.from({ length: threshold }, (_, i) => {
    const member = members[(window * threshold + i) % members.length];
    assert(member !== undefined, 'a committee is never empty');
    return member.index;
  }).sort((a, b) => a - b);
}

/**
 * The checks of a test signature: only the ceremony that made the key, only while it checks, one quorum a
 * window.
 */
export function refuseKeygenTest(
  request: KeygenTestRequest,
  signers: readonly PartyIndex[],
  key: KeyView,
): readonly Check[] {
  const { record, certHash, self } = key;
  const isWindow = request.window < BigInt(testWindows(record));
  const quorum = isWindow ? testQuorum(record, Number(request.window)) : [];
  return [
    () =>
      key.state === 'checking' && certHash !== undefined
        ? undefined
        : refuse('duty-unknown', 'no ceremony of this key is checking'),
    () =>
      request.keyEpoch === record.epochNo
        ? undefined
        : refuse('wrong-key-epoch', `epoch ${request.keyEpoch} is asked, ${record.epochNo} is being checked`),
    () =>
      certHash !== undefined && equalBytes(request.certHash, certHash)
        ? undefined
        : refuse('content-mismatch', 'another certificate'),
    () =>
      isWindow && signers.join() === quorum.join() && signers.includes(self)
        ? undefined
        : refuse('bad-signer-set', `${signers.join()} is not the quorum of window ${request.window}`),
  ];
}
