import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { readLock } from '../../chain/lock-file.ts';
import { type BackupCheck, type Examined, examineBackup } from '../../node/backup/examine.ts';
import {
  newRecipient,
  parseRecipient,
  readRecipientKey,
  recipientText,
} from '../../node/backup/recipient.ts';
import type { BackupHeader, BackupKey, BackupTarget } from '../../node/backup/seal.ts';
import { x25519PublicKey } from '../../crypto/x25519.ts';
import { nodeKdf } from '../../system/kdf.ts';
import { systemRng } from '../../system/rng.ts';
import { backUp, changePassword, giveUpLost, restore } from '../backup.ts';
import { exits } from '../exit-codes.ts';
import { document, note, result, table } from '../output.ts';
import { readOwnFile } from '../own-file.ts';
import { readPassword, terminalPrompt } from '../password.ts';
import { createUserFile, readUserFile } from '../user-file.ts';
import { type Cli, usage } from './context.ts';

/** Flags of `key backup`. */
export interface BackupFlags {
  readonly to?: string;
  readonly backupPasswordFile?: string;
  readonly out: string;
  readonly address?: string;
}

/** Flags of `key verify-backup` and `key restore`. */
export interface OpenFlags {
  readonly recipientKey?: string;
  readonly backupPasswordFile?: string;
  readonly lock: readonly string[];
}

/** The longest backup and the longest key file, in bytes. */
const MAX_BACKUP_BYTES = 1_048_576;
const MAX_KEY_BYTES = 1_024;

/** Writes a backup of every key, and says what to do with it. */
export async function backupKeys(cli: Cli, flags: BackupFlags): Promise<void> {
  const target = await targetOf(flags);
  const config = await cli.config();
  const password = await cli.password('Password of the node: ');
  const taken = backUp(config, { password, target, address: flags.address });
  mkdirSync(flags.out, { recursive: true, mode: 0o700 });
  const written = taken.map(({ name, bytes, header }) => {
    const file = join(flags.out, name);
    createUserFile(file, bytes, 0o600);
    return { file, bytes: bytes.length, ...headerJson(header) };
  });
  const { paint } = cli.output;
  result(cli.output, { backups: written }, [
    ...written.flatMap(({ file, address, epoch, guardSeq }) => [
      `${paint('good', '✔')} ${file}`,
      `  ${address}, epoch ${epoch}, guard of ${guardSeq} records`,
    ]),
  ]);
  note(cli.output, 'Next: copy it to another machine, and check it there with "conclave key verify-backup".');
}

/** Prints every check of a backup; exit 7 if one fails. */
export async function verifyBackup(cli: Cli, file: string, flags: OpenFlags): Promise<void> {
  const key = await keyOf(flags);
  const examined = examineBackup(readUserFile(file, MAX_BACKUP_BYTES), {
    ...{ key, kdf: nodeKdf, path: file, name: basename(file) },
    newest: flags.lock.map((path) => readLock(readUserFile(path), path)),
  });
  examined.content?.secret.wipe();
  const failed = examined.checks.filter(({ verdict }) => verdict === 'fail').length;
  const value = { type: 'result', ok: failed === 0, file, isOpened: key !== undefined };
  const { header, recipient, checks } = examined;
  document(
    cli.output,
    { ...value, ...headerJson(header), recipient: recipient ?? null, checks },
    verificationLines(examined, cli),
  );
  if (failed > 0) process.exitCode = exits.verification;
}

/** Puts a share back into a node that has none. */
export async function restoreKey(cli: Cli, file: string, flags: OpenFlags): Promise<void> {
  const key = await keyOf(flags);
  if (key === undefined)
    throw usage('--recipient-key', 'give --recipient-key FILE, or --backup-password-file FILE');
  const bytes = readUserFile(file, MAX_BACKUP_BYTES);
  const newest = flags.lock.map((path) => readLock(readUserFile(path), path));
  const config = await cli.config();
  const password = await cli.password('Password of the node: ');
  const { header } = await restore(config, {
    ...{ bytes, key, password, newest, path: file, name: basename(file) },
  });
  const { paint } = cli.output;
  result(cli.output, { file, state: 'quarantine', ...headerJson(header) }, [
    `${paint('good', '✔')} share ${header.index} of ${header.address}, epoch ${header.epoch}, is restored`,
    `${paint('warn', 'in quarantine')}: it signs nothing until this node has learned what it signed since ` +
      header.createdAt,
  ]);
  note(
    cli.output,
    'Next: conclave node run, and in another terminal "conclave node release", which says what is missing.',
  );
}

/** Gives up a share whose file is gone, and says how the node gets another. */
export async function giveUpShare(cli: Cli): Promise<void> {
  const config = await cli.config();
  const password = await cli.password('Password of the node: ');
  const { address, epochNo } = await giveUpLost(config, password);
  result(cli.output, { address, epoch: epochNo.toString() }, [
    `${cli.output.paint('warn', 'given up')}: the share of ${address}, epoch ${epochNo}`,
  ]);
  note(
    cli.output,
    'Next: start this node; on another member "conclave ceremony propose --kind repair --lost NAME".',
  );
}

/** Makes the key file of a recipient, on a host that is kept offline. */
export function newRecipientFile(cli: Cli, out: string): void {
  const { file, publicKey } = newRecipient(systemRng);
  createUserFile(out, file, 0o600);
  file.fill(0);
  const recipient = recipientText(publicKey);
  result(cli.output, { file: out, recipient }, [
    `${cli.output.paint('good', '✔')} recipient in ${out}; give this line to every node:`,
    recipient,
  ]);
  note(
    cli.output,
    `${out} opens every backup to this recipient: keep it offline, and a copy of it elsewhere.`,
  );
}

/** The line of a recipient, from its key file. */
export function showRecipient(cli: Cli, file: string): void {
  const secret = recipientKeyOf(file);
  const recipient = recipientText(secret.use(x25519PublicKey));
  secret.wipe();
  document(cli.output, { file, recipient }, [recipient]);
}

/** Wraps the master key by another password. */
export async function newPassword(cli: Cli, file: string | undefined): Promise<void> {
  const config = await cli.config();
  const password = await cli.password('Password of the node: ');
  const next = await nextPassword(file);
  changePassword(config, password, next);
  result(cli.output, { changed: 'master.json' }, [
    `${cli.output.paint('good', '✔')} the password of this node is changed; no other file was`,
  ]);
  note(cli.output, 'Copies of the former master.json still open with the former password: replace them.');
}

async function nextPassword(file: string | undefined): Promise<string> {
  const ask = file === undefined ? terminalPrompt() : undefined;
  if (file === undefined && ask === undefined)
    throw usage('--new-password-file', 'give --new-password-file FILE, or run it in a terminal');
  const first = await readPassword({ file, ask }, 'New password (at least 12 characters): ');
  if (file !== undefined) return first;
  if ((await readPassword({ ask }, 'The same again: ')) === first) return first;
  throw usage('password', 'the two passwords differ; nothing was changed');
}

async function targetOf({ to, backupPasswordFile }: BackupFlags): Promise<BackupTarget> {
  if ((to === undefined) === (backupPasswordFile === undefined))
    throw usage('--to', 'give either --to RECIPIENT or --backup-password-file FILE');
  if (to !== undefined) return { kind: 'recipient', publicKey: parseRecipient(to, '--to') };
  return { kind: 'password', password: await readPassword({ file: backupPasswordFile }) };
}

async function keyOf({ recipientKey, backupPasswordFile }: OpenFlags): Promise<BackupKey | undefined> {
  if (recipientKey !== undefined && backupPasswordFile !== undefined)
    throw usage('--recipient-key', 'give either --recipient-key FILE or --backup-password-file FILE');
  if (recipientKey !== undefined) return { kind: 'recipient', secret: recipientKeyOf(recipientKey) };
  if (backupPasswordFile === undefined) return undefined;
  return { kind: 'password', password: await readPassword({ file: backupPasswordFile }) };
}

function recipientKeyOf(path: string): ReturnType<typeof readRecipientKey> {
  const bytes = readOwnFile(path, MAX_KEY_BYTES);
  const secret = readRecipientKey(bytes, path);
  bytes.fill(0);
  return secret;
}

/** Integers that may exceed 2^53 elsewhere are decimal strings. [product, X1] */
const headerJson = ({ epoch, ...header }: BackupHeader): Omit<BackupHeader, 'epoch'> & { epoch: string } => ({
  ...header,
  epoch: epoch.toString(),
});

const words = { pass: ['good', 'PASS'], fail: ['bad', 'FAIL'], skip: ['warn', 'SKIP'] } as const;

function verificationLines({ header, recipient, checks }: Examined, { output }: Cli): readonly string[] {
  const row = ({ verdict, what, detail }: BackupCheck): readonly string[] => {
    const [color, word] = words[verdict];
    return [`${output.paint(color, word)}  ${what}`, `      ${detail}`];
  };
  const count = (verdict: BackupCheck['verdict']): number =>
    checks.filter((check) => check.verdict === verdict).length;
  return [
    ...table([
      ['key', header.address],
      ['epoch', `${header.epoch}, seat ${header.index}, taken ${header.createdAt}`],
      ['node', header.node],
      ['opened by', recipient ?? 'a password'],
    ]),
    ...checks.flatMap(row),
    `${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped`,
  ];
}
