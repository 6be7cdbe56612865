import type { TestRequest } from '../../chain/duty.ts';
import { testWindows } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { type Check, type KeyView, refuse } from './verdict.ts';

/**
 * The checks of a test signature: only the ceremony that made this epoch, only its own kind, one quorum a
 * window. A new key must still be checking; a later epoch is in service before it is tested.
 */
export function refuseTest(
  request: TestRequest,
  signers: readonly PartyIndex[],
  key: KeyView,
): readonly Check[] {
  const { record, certHash, self } = key;
  const windows = testWindows(
    record.members.map(({ index }) => index),
    record.threshold,
  );
  const quorum = windows.find((_, w) => BigInt(w) === request.window);
  return [
    () =>
      certHash !== undefined && (key.state === 'checking' || record.epochNo > 0)
        ? undefined
        : refuse('duty-unknown', 'no ceremony of this key is checking'),
    () =>
      (request.kind === 'keygen-test') === (record.epochNo === 0)
        ? undefined
        : refuse('duty-unknown', `${request.kind} is for another kind of ceremony`),
    () =>
      request.keyEpoch === record.epochNo
        ? undefined
        : refuse('wrong-key-epoch', `epoch ${request.keyEpoch} is asked, ${record.epochNo} is being checked`),
    () =>
      certHash !== undefined && equalBytes(request.certHash, certHash)
        ? undefined
        : refuse('content-mismatch', 'another certificate'),
    () =>
      quorum !== undefined && signers.join() === quorum.join() && signers.includes(self)
        ? undefined
        : refuse('bad-signer-set', `${signers.join()} is not the quorum of window ${request.window}`),
  ];
}
