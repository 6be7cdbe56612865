import { fromHex, to0x } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { type Signature, signatureCodec } from '../../crypto/ecdsa.ts';
import { InputError } from '../../crypto/errors.ts';
import type { SignProgress, SignReport } from '../../node/api.ts';
import { signProgress, signReport } from '../admin-protocol.ts';
import type { Config } from '../config.ts';
import { shortDuration } from '../duration.ts';
import { progress } from '../output.ts';
import { type Cli, numberFlag } from './context.ts';

/**
 * Has the running node lead a request, and tells its steps. `signers` is a list such as 1,2,3, or left out.
 * @throws OperationError no-node, and every error of the node
 */
export async function askToSign(
  cli: Cli,
  bytes: Uint8Array,
  { settings }: Config,
  signers: string | undefined,
): Promise<SignReport> {
  const seats = signers?.split(',').map((one) => numberFlag('--signers', one.trim()));
  return signReport.parse(
    await cli.ask('sign', {
      args: {
        request: to0x(bytes),
        deadlineMs: settings.sign.deadline,
        ...(seats === undefined ? {} : { signers: seats }),
      },
      onProgress: (event) => {
        const read = signProgress.safeParse(event);
        if (read.success)
          progress(
            cli.output,
            { ...read.data, type: 'sign', step: read.data.type },
            `  ${lineOf(read.data)}`,
          );
      },
    }),
  );
}

const lineOf = ({ type, attempt, text }: SignProgress): string =>
  `${type}${attempt > 1 ? ` (attempt ${attempt})` : ''}: ${text}`;

/** The signature in a report. @throws InputError admin-protocol | malformed */
export function signatureIn({ signature }: SignReport): Signature {
  const bytes = fromHex(signature);
  if (bytes === undefined) throw new InputError('admin-protocol', 'signature', 'the signature is not hex');
  return decode(signatureCodec, bytes, 'signature');
}

/** Who signed, and how long it took, as people read it. */
export function signedBy({ signers, attempts, isWarm, phasesMs }: SignReport): string {
  const total = phasesMs.approve + phasesMs.presign + phasesMs.online;
  return (
    `by {${signers.join(',')}} in ${shortDuration(total)}` +
    ` (${isWarm ? 'presignature was ready' : `presigning took ${shortDuration(phasesMs.presign)}`}` +
    `${attempts > 1 ? `, ${attempts} attempts` : ''})`
  );
}
