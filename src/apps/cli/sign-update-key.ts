import { join } from 'node:path';

import { encodeRequest } from '../../chain/duty.ts';
import { to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { parseAddress } from '../../ethereum/address.ts';
import { type KeyPurpose, popDigest } from '../../ethereum/key-pop.ts';
import { keyRequest, proofFields, proofFile, proofOf } from '../key-request.ts';
import { result } from '../output.ts';
import { createUserFile, refuseExisting } from '../user-file.ts';
import { type Cli, bigFlag } from './context.ts';
import { askToSign, signatureIn, signedBy } from './sign-ask.ts';
import { statusOf } from './status.ts';

/** Flags of `sign update-key`. */
export interface SignUpdateKeyFlags {
  readonly purpose: KeyPurpose;
  readonly activation: string;
  readonly registry?: string;
  readonly signers?: string;
  readonly out?: string;
}

/** Has the cluster prove that the account of its key can sign; prints the proof, `--out` keeps it. */
export async function signUpdateKey(cli: Cli, flags: SignUpdateKeyFlags): Promise<void> {
  const config = await cli.config();
  const { key } = await statusOf(cli);
  if (key === undefined) throw new InputError('key-unknown', 'key', 'this node has no key yet');
  const { purpose, registry, out } = flags;
  const request = keyRequest({
    ...{ key, purpose, policy: config.policy, l1ChainId: config.settings.network.l1_chain_id },
    activationBlock: bigFlag('--activation', flags.activation),
    registry: registry === undefined ? undefined : parseAddress(registry, '--registry'),
  });
  if (out !== undefined) refuseExisting(out);
  const report = await askToSign(cli, encodeRequest(request), config, flags.signers);
  const proof = proofOf(request, signatureIn(report));
  if (out !== undefined) createUserFile(out, proofFile(request, proof));
  result(cli.output, { ...report, ...proofFields(request, proof), file: out }, [
    `${cli.output.paint('good', '✔')} proof for ${purpose} signed ${signedBy(report)}`,
    `account          ${request.account}`,
    `acts from        block ${request.activationBlock} on`,
    `registry         ${request.registry} on chain ${request.l1ChainId}`,
    `digest           ${to0x(popDigest(request))}`,
    `proof            ${to0x(proof)}`,
    `records          ${join(cli.dataDir, report.folder)}`,
    ...(out === undefined ? [] : [`written to ${out}`]),
  ]);
}
