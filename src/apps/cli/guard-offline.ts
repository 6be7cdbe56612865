import type { Lock } from '../../chain/lock.ts';
import { InputError } from '../../crypto/errors.ts';
import { addressOf } from '../../ethereum/address.ts';
import {
  type GuardCheck,
  checkGuard,
  importGuard,
  initGuard,
  openOffline,
  repairGuard,
} from '../../node/guard-care.ts';
import { readGuardFile, writeGuardFile } from '../../node/guard-file.ts';
import type { GuardMark } from '../../node/guard-record.ts';
import { type Identity, loadIdentity } from '../../node/identity.ts';
import { unlockMaster } from '../../node/master-key.ts';
import { marksOfL1 } from '../../node/mark-learning.ts';
import { batchingRules } from '../../node/policy/verdict.ts';
import { publicKeyOf } from '../../protocols/epoch.ts';
import { systemClock } from '../../system/clock.ts';
import { nodeKdf } from '../../system/kdf.ts';
import type { Config } from '../config.ts';
import { exits } from '../exit-codes.ts';
import { type GuardFolder, openGuardFolder, stampNow, withOwnFolder } from '../guard-folder.ts';
import { MASTER_FILE } from '../master-file.ts';
import { document, note, result } from '../output.ts';
import { readUserFile } from '../user-file.ts';
import { type Cli, usage } from './context.ts';

/** Largest interchange file, in bytes. */
const MAX_FILE_BYTES: number = 256 * 1024 * 1024;

const remedies: Readonly<Record<GuardCheck['state'], string>> = {
  sound: '',
  missing: 'conclave guard import FILE, or conclave guard init --from-l1 --from-peers',
  damaged: 'conclave guard repair',
  'rolled-back': 'put the newest copy back, or conclave guard repair',
};

/** Looks at the register on disk and changes nothing; the exit says whether it is sound. */
export async function check(cli: Cli): Promise<void> {
  const found = checkGuard(openGuardFolder(await cli.config()).care);
  const { state, path, entries, problem, quarantine } = found;
  const remedy = remedies[state];
  document(cli.output, { ...found, remedy }, [
    `guard     ${path}: ${state}, ${entries} entries`,
    ...(problem === undefined ? [] : [`problem   ${problem}`, `remedy    ${remedy}`]),
    ...(quarantine === undefined ? [] : [`state     quarantine: ${quarantine}`]),
  ]);
  if (state !== 'sound') process.exitCode = exits.safety;
}

/** Begins a register anew: what L1 shows now, and what the members say once the node runs. */
export async function init(
  cli: Cli,
  { fromL1, fromPeers }: { readonly fromL1?: boolean; readonly fromPeers?: boolean },
): Promise<void> {
  if (fromPeers !== true)
    throw usage('--from-peers', 'a register is begun anew with what the members know: give --from-peers');
  const config = await cli.config();
  await withOwnFolder(config, async () => {
    const folder = openGuardFolder(config);
    const marks = fromL1 === true ? await lookAtL1(config, folder.lock) : [];
    initGuard(folder.care, marks);
    const { path } = checkGuard(folder.care);
    const seen = marks.map(({ lane, low }) => ({ lane, low: String(low) }));
    result(cli.output, { path, marks: seen, quarantine: 'relearned' }, [
      `${path} begins anew${marks.length === 0 ? '' : `, with ${marks.length} marks of L1`}`,
    ]);
  });
  sayQuarantine(cli);
}

/** Keeps what is sound of a damaged or older register. */
export async function repair(cli: Cli): Promise<void> {
  const config = await cli.config();
  await withOwnFolder(config, () => {
    const done = repairGuard(openGuardFolder(config).care, stampNow());
    result(cli.output, { ...done, quarantine: 'repaired' }, [
      `problem   ${done.problem}`,
      `kept      ${done.kept} entries; what was there lies in ${done.attic}`,
    ]);
  });
  sayQuarantine(cli);
}

/** Takes in an interchange file. */
export async function importFile(cli: Cli, path: string): Promise<void> {
  const config = await cli.config();
  await withOwnFolder(config, () => {
    const { care, lock } = openGuardFolder(config);
    const file = readGuardFile(readUserFile(path, MAX_FILE_BYTES), path);
    if (file.l1ChainId !== config.settings.network.l1_chain_id)
      throw new InputError('wrong-cluster', path, `${path} is of chain ${file.l1ChainId}`);
    // Whoever may fill this register may also forbid numbers, so the file is that of a member.
    if (!lock.record.members.some(({ identityPk }) => String(identityPk) === String(file.identityPk)))
      throw new InputError('identity-not-in-lock', path, `${path} is signed by no member of this key`);
    const { isNew } = importGuard(care, file);
    const { entries, quarantine } = checkGuard(care);
    result(cli.output, { records: file.records.length, entries, isNew, quarantine }, [
      `${file.records.length} records and ${file.marks.length} lanes of ${path} taken in: ${entries} entries`,
    ]);
    if (quarantine !== undefined) sayQuarantine(cli);
  });
}

/** The interchange file of a node that does not run; its identity signs it. */
export async function exportOffline(cli: Cli): Promise<Uint8Array> {
  const config = await cli.config();
  return withOwnFolder(config, async () => {
    const folder = openGuardFolder(config);
    const guard = openOffline(folder.care);
    const { seq, head } = guard;
    const identity = await identityOf(cli, config, folder);
    const { record } = folder.lock;
    const content = {
      ...{ l1ChainId: config.settings.network.l1_chain_id, identityPk: identity.publicKey, seq, head },
      ...{ exportedAt: String(systemClock.nowMs()), keyId: record.keyId },
      address: addressOf(publicKeyOf(record)),
      marks: guard.watermarks().map((lane) => guard.laneState(lane)),
      records: guard.records,
    };
    return writeGuardFile(content, (hash32) => identity.sign('guard', hash32));
  });
}

async function identityOf(cli: Cli, { settings }: Config, { disk }: GuardFolder): Promise<Identity> {
  const path = `${settings.paths.keys}/${MASTER_FILE}`;
  const options = { kdf: nodeKdf, l1ChainId: settings.network.l1_chain_id };
  const bytes = disk.read(path) ?? new Uint8Array(0);
  const master = unlockMaster(bytes, await cli.password(), options, path);
  return loadIdentity(disk, master, settings.paths.keys);
}

/** Latest, not final: what is there may be signed already. */
async function lookAtL1({ settings, policy }: Config, { record }: Lock): Promise<readonly GuardMark[]> {
  const [url] = settings.l1?.rpc ?? [];
  const [rule] = batchingRules(policy);
  if (url === undefined || rule === undefined)
    throw usage('--from-l1', 'the configuration names no endpoint of L1, or the policy no inbox');
  const { connectL1 } = await import('../../system/l1-client.ts');
  const l1 = await connectL1({ url, chainId: settings.network.l1_chain_id }, { clock: systemClock });
  const sender = addressOf(publicKeyOf(record));
  const [nextNonce, inbox] = await Promise.all([l1.nonce(sender, 'latest'), l1.inbox(rule.inbox)]);
  return marksOfL1({ keyId: record.keyId, sender, policy }, { nextNonce, lastBatchIndex: inbox.lastIndex });
}

function sayQuarantine(cli: Cli): void {
  note(cli.output, 'The node starts in quarantine and asks the others how far they have signed.');
  note(cli.output, 'Next: conclave node run, then conclave node release');
}
