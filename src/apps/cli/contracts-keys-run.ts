import { to0x } from '../../crypto/bytes.ts';
import { parseAddress } from '../../ethereum/address.ts';
import type { FirstKey } from '../../ethereum/first-key.ts';
import { systemClock } from '../../system/clock.ts';
import { type DeploymentL1, connectDeploymentL1 } from '../../system/l1-client-deploy.ts';
import {
  certifyKey,
  isScheduled,
  readProof,
  readWord,
  scheduleFirstKey,
  wordToFile,
} from '../deploy/first-key.ts';
import { readKeyFile } from '../deploy/key-file.ts';
import { checkChain, readRecord } from '../deploy/record.ts';
import { result } from '../output.ts';
import { createUserFile } from '../user-file.ts';
import { type CertifyKeyFlags, type Cli, type FirstKeyFlags, bigFlag, usage } from './context.ts';

type KeyFlags = Pick<CertifyKeyFlags, 'out' | 'rpc' | 'purpose' | 'account' | 'activation'>;

/** Which key the flags are about, and the L1 of the record. */
async function keyOf(flags: KeyFlags): Promise<{ readonly key: FirstKey; readonly l1: DeploymentL1 }> {
  const { start, at } = readRecord(flags.out);
  const activationBlock = bigFlag('--activation', flags.activation);
  if (activationBlock === 0n || activationBlock >= 1n << 64n)
    throw usage('--activation', `--activation is ${flags.activation}, which is no block ahead`);
  const l1 = await connectDeploymentL1(flags.rpc, { clock: systemClock });
  await checkChain(start, l1);
  const account = parseAddress(flags.account, '--account');
  const { purpose } = flags;
  return {
    key: { l1ChainId: start.chainId, registry: at('KeyRegistry'), purpose, account, activationBlock },
    l1,
  };
}

const jsonOf = ({ registry, purpose, account, activationBlock }: FirstKey): object => ({
  ...{ registry, purpose, account, activation: String(activationBlock) },
});

/** Signs as a member of the set, and prints or keeps the signature. */
export async function certifyFirstKey({ output }: Cli, flags: CertifyKeyFlags): Promise<void> {
  const { key, l1 } = await keyOf(flags);
  const secret = await readKeyFile(flags.keyFile, 'key of a member', flags.keyPasswordFile);
  try {
    const word = await certifyKey(key, l1, secret);
    if (flags.save !== undefined) createUserFile(flags.save, wordToFile(key, word));
    const [signature, digest] = [to0x(word.signature), to0x(word.digest)];
    const value = {
      ...jsonOf(key),
      ...{ signer: word.signer, power: String(word.power), digest, signature, file: flags.save },
    };
    result(output, value, [
      `${word.signer} certifies ${key.account} for ${key.purpose} from block ${key.activationBlock} on`,
      signature,
      ...(flags.save === undefined ? [] : [`written to ${flags.save}`]),
    ]);
  } finally {
    secret.wipe();
  }
}

/** Registers a key, unless it is there. */
export async function registerFirstKey({ output }: Cli, flags: FirstKeyFlags): Promise<void> {
  const { key, l1 } = await keyOf(flags);
  const about = `${key.account} for ${key.purpose} from block ${key.activationBlock} on`;
  if (await isScheduled(key, l1)) {
    result(output, { ...jsonOf(key), scheduled: true, earlier: true }, [`KeyScheduled before: ${about}`]);
    return;
  }
  const proof = readProof(flags.proof);
  const signatures = flags.signature.map(readWord);
  const payer = await readKeyFile(flags.keyFile, 'key that pays', flags.keyPasswordFile);
  try {
    const { hash, block, gasUsed } = await scheduleFirstKey(key, { proof, signatures }, { l1, payer });
    const transaction = to0x(hash);
    const mined = { transaction, block: Number(block), gas: Number(gasUsed) };
    result(output, { ...jsonOf(key), scheduled: true, earlier: false, ...mined }, [
      `KeyScheduled: ${about}`,
      `${transaction} in block ${block}, ${gasUsed} gas`,
    ]);
  } finally {
    payer.wipe();
  }
}
