import type { KeygenTestRequest } from '../../chain/duty.ts';
import { testWindows } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { type Check, type KeyView, refuse } from './verdict.ts';

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
  const windows = testWindows(
    record.members.map(({ index }) => index),
    record.threshold,
  );
  const quorum = windows.find((_, w) => BigInt(w) === request.window);
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
      quorum !== undefined && signers.join() === quorum.join() && signers.includes(self)
        ? undefined
        : refuse('bad-signer-set', `${signers.join()} is not the quorum of window ${request.window}`),
  ];
}
