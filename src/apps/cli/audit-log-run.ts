import { to0x } from '../../crypto/bytes.ts';
import type { LogPage, LogView } from '../../node/api.ts';
import { beginAnew } from '../../node/log/begin-anew.ts';
import { LOG_FOLDER, MAX_PAGE } from '../../node/log/log-desk.ts';
import { clusterOf } from '../../protocols/ceremony/cluster.ts';
import { isoTime, systemClock } from '../../system/clock.ts';
import { systemRng } from '../../system/rng.ts';
import { logPage, logView } from '../admin-protocol.ts';
import { openGuardFolder, silent, stampNow, withOwnFolder } from '../guard-folder.ts';
import { document, note, result } from '../output.ts';
import { readPublicIdentity } from '../public-identity.ts';
import { type Cli, numberFlag, usage } from './context.ts';

/** Flags of `audit log`. */
export interface AuditLogFlags {
  readonly entries?: boolean;
  readonly heads?: boolean;
  readonly from: string;
  readonly count?: string;
}

/** Shows the log at a glance, or its lines, page by page: memory holds one page. */
export async function showLog(cli: Cli, flags: AuditLogFlags): Promise<void> {
  const { entries, heads } = flags;
  if (entries === true && heads === true) throw usage('--heads', 'give --entries or --heads, not both');
  if (entries !== true && heads !== true) {
    const view = logView.parse(await cli.ask('log', { args: { what: 'view' } }));
    document(cli.output, view, linesOfLog(view));
    return;
  }
  const what = entries === true ? 'entries' : 'heads';
  let from = numberFlag('--from', flags.from);
  let left = flags.count === undefined ? Infinity : numberFlag('--count', flags.count);
  while (left > 0) {
    const args = { what, from, count: Math.min(left, MAX_PAGE) };
    const page: LogPage = logPage.parse(await cli.ask('log', { args }));
    for (const line of page.lines) cli.output.out.write(`${line}\n`);
    if (page.next === undefined) return;
    left -= page.next - from;
    from = page.next;
  }
}

/** A log at a glance, in lines. */
export function linesOfLog({
  logId,
  size,
  root,
  head,
  waiting,
  refusalsLeftOut,
  alarms,
}: LogView): readonly string[] {
  const signed =
    head === undefined
      ? 'none yet'
      : `of ${head.size} entries, ${isoTime(Number(head.atMs))}, countersigned by ` +
        (head.countersignedBy.join(', ') || 'nobody');
  return [
    `log       ${logId}`,
    `entries   ${size}${waiting > 0 ? `, and ${waiting} that wait for the disk` : ''}`,
    `root      ${root}`,
    `head      ${signed}`,
    ...(refusalsLeftOut > 0 ? [`left out  ${refusalsLeftOut} refusals, because one asker had too many`] : []),
    ...alarms.map(
      ({ code, member, evidence }) =>
        `alarm     ${code}${member === undefined ? '' : `, member ${member}`}` +
        (evidence === undefined ? '' : `, evidence ${evidence}`),
    ),
  ];
}

/** Puts the log of the key's cluster into the attic and begins another. @throws OperationError lease-held */
export async function beginLogAnew(cli: Cli): Promise<void> {
  const config = await cli.config();
  const { paths } = config.settings;
  const { identityPk: owner } = readPublicIdentity(config.dataDir, paths.keys);
  if (cli.flags.yes !== true)
    throw usage('--yes', 'every member will see that this log ended: conclave --yes audit begin-anew');
  await withOwnFolder(config, () => {
    const { disk, lock } = openGuardFolder(config);
    const cluster = clusterOf(lock.definition.definition);
    const options = { owner, cluster, folder: `${paths.data}/${LOG_FOLDER}`, stamp: stampNow() };
    const done = beginAnew(options, { disk, clock: systemClock, log: silent }, systemRng);
    const [logId, predecessor] = [to0x(done.logId), to0x(done.predecessor)];
    result(cli.output, { attic: done.attic, logId, predecessor }, [
      `${done.attic} holds the old log ${predecessor}`,
      `the new log is ${logId}; its first entry names the old one`,
    ]);
  });
  note(cli.output, 'Keep the attic: an audit wants both. Next: conclave node run');
}
