import { equalBytes, to0x } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { type Signature, signatureCodec } from '../crypto/ecdsa.ts';
import { InputError } from '../crypto/errors.ts';
import { type SignRequest, isBatching } from '../chain/duty.ts';
import { addressOf } from '../ethereum/address.ts';
import { recoverAddress } from '../ethereum/recover.ts';
import { publicKeyOf } from '../protocols/epoch.ts';
import { readMined, signedTransaction } from './l1-file.ts';
import { type Folder, readFrom } from './reading.ts';
import { type Result, skip, unless } from './report.ts';
import type { SignatureCase, Work } from './signature-case.ts';

/**
 * A7: the parts make the stated signature, it is one by the address of the key, and `l1.json` names what
 * it signs.
 */
export function recheckSignature(
  each: SignatureCase,
  { replay, task }: Work,
  found: readonly string[],
): Result {
  const { file, signing, lock, folder, request } = each;
  if (file.outcome !== 'done') {
    const hidden = hiddenProblems(each, replay?.signature);
    return hidden.length === 0
      ? skip('A7', `the session ended without a signature (${file.outcome})`)
      : unless('A7', hidden, '');
  }
  const problems = [...found];
  const { signature } = signing;
  const made = replay?.signature;
  const isSame = (one: Signature, other: Signature): boolean =>
    equalBytes(encode(signatureCodec, one), encode(signatureCodec, other));
  if (signature === undefined) problems.push(`${file.path} line 1: no signature is stated`);
  else if (made === undefined || !isSame(made, signature))
    problems.push(`${file.path} line 1: the parts in the file do not make the stated signature`);
  const address = addressOf(publicKeyOf(lock.record));
  if (signature !== undefined && task !== undefined) {
    const signer = attemptRecovery(task.digest, signature);
    if (signer !== address) problems.push(`${file.path} line 1: ${signer} signed, not ${address}`);
  }
  if (folder.files.has('l1.json') && made !== undefined && request.value !== undefined)
    problems.push(...minedProblems(folder, request.value, made));
  return unless('A7', problems, `low-s, recovers ${address}`);
}

/** What contradicts a file that says that no signature was made. */
function hiddenProblems({ file, signing, folder }: SignatureCase, made: Signature | undefined): string[] {
  const rules: readonly (readonly [what: string, holds: boolean])[] = [
    [`${file.path} line 1: a signature is stated`, signing.signature === undefined],
    [`${file.path}: the parts in the file make a signature`, made === undefined],
    ['l1.json: names a mined transaction', !folder.files.has('l1.json')],
  ];
  return rules
    .filter(([, holds]) => !holds)
    .map(([what]) => `${what}, and yet the session was ${file.outcome}`);
}

function attemptRecovery(digest: Uint8Array, { r, s, yParity }: Signature): string {
  try {
    return recoverAddress(digest, { r, s, yParity });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return 'nobody';
  }
}

/** `l1.json` names the transaction that request and signature make. */
function minedProblems(folder: Folder, request: SignRequest, signature: Signature): readonly string[] {
  const mined = readFrom(folder, 'l1.json', readMined);
  if (mined.value === undefined) return [mined.problem];
  if (!isBatching(request)) return ['l1.json: what was signed is no transaction'];
  try {
    const { hash } = signedTransaction(request, signature);
    return equalBytes(hash, mined.value.txHash) ? [] : [`l1.json: the signed transaction is ${to0x(hash)}`];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [`l1.json: ${error.message}`];
  }
}
