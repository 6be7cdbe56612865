import type { NodeStatus } from '../../node/api.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { GuardView } from '../../node/guard-api.ts';
import { checkGuard } from '../../node/guard-care.ts';
import { rebuildManifest } from '../../node/manifest-rebuild.ts';
import { MANIFEST_FILE, ManifestStore } from '../../node/manifest.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { guardView } from '../admin-protocol.ts';
import type { Config } from '../config.ts';
import { exits } from '../exit-codes.ts';
import { type GuardFolder, openGuardFolder, silent, withOwnFolder } from '../guard-folder.ts';
import { document, note, result, table } from '../output.ts';
import { type HealthCheck, healthOf } from '../status-http.ts';
import type { Cli } from './context.ts';
import { statusOf } from './status.ts';

/** What the doctor found. */
interface Finding extends HealthCheck {
  readonly isGood: boolean;
}

/** Looks at everything and says what to do about what is not as it should be. */
export async function doctor(
  cli: Cli,
  { rebuildManifest: isRebuild }: { readonly rebuildManifest?: boolean },
): Promise<void> {
  const config = await cli.config();
  if (isRebuild === true) return rebuild(cli, config);
  const status = await statusIfRuns(cli);
  const findings = [...findingsOf(config), ...(status === undefined ? [] : healthFindings(status))];
  const bad = findings.filter(({ isGood }) => !isGood);
  const rows = findings.map((one) => [one.isGood ? 'ok' : one.severity, one.check, one.reason]);
  document(cli.output, { isRunning: status !== undefined, findings }, [
    ...table([['STATE', 'CHECK', 'FOUND'], ...rows]),
    ...bad.map(({ check, remedy }) => `${check}: ${remedy}`),
  ]);
  if (bad.some(({ severity }) => severity === 'critical'))
    process.exitCode = status === undefined ? exits.safety : exits.unavailable;
}

async function rebuild(cli: Cli, config: Config): Promise<void> {
  await withOwnFolder(config, () => {
    const disk = openDisk({ folder: config.dataDir });
    const folder = folderIfKey(config);
    const { keys } = config.settings.paths;
    const done = rebuildManifest({
      ...{ disk, log: silent, limits: config.guardLimits, keys },
      record: folder?.lock.record,
      nowMs: systemClock.nowMs(),
    });
    result(cli.output, { ...done, quarantine: folder !== undefined }, [
      `the manifest is rebuilt, with ${done.shares} share files`,
      ...(done.attic === undefined ? [] : [`what was there lies in ${done.attic}`]),
    ]);
  });
  note(cli.output, 'The node starts in quarantine. Next: conclave node run, then conclave node release');
}

function findingsOf(config: Config): readonly Finding[] {
  const disk = openDisk({ folder: config.dataDir });
  const manifest = fileFinding('manifest', () => {
    const { keys } = ManifestStore.open(disk).value;
    return `${MANIFEST_FILE} is whole, ${keys.length} keys`;
  });
  let folder: GuardFolder | undefined;
  const lock = fileFinding('lock', () => {
    folder = folderIfKey(config);
    return folder === undefined ? 'no key yet' : `epoch ${folder.lock.record.epochNo}`;
  });
  return [manifest, lock, ...(folder === undefined ? [] : [guardFinding(folder)])];
}

function guardFinding({ care }: GuardFolder): Finding {
  const { state, entries, problem, quarantine } = checkGuard(care);
  return {
    check: 'guard',
    severity: 'critical',
    isGood: state === 'sound',
    reason:
      problem ?? `${entries} entries${quarantine === undefined ? '' : `, in quarantine: ${quarantine}`}`,
    remedy: 'run "conclave guard check": it names the command',
  };
}

function fileFinding(check: string, look: () => string): Finding {
  const severity = 'critical' as const;
  try {
    return { check, severity, isGood: true, reason: look(), remedy: '' };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { check, severity, isGood: false, reason: error.code, remedy: error.message };
  }
}

const healthFindings = (status: NodeStatus): readonly Finding[] => {
  const bad = healthOf(status).map((one) => ({ ...one, isGood: false }));
  const good = {
    check: 'ready',
    severity: 'critical',
    isGood: true,
    reason: status.state,
    remedy: '',
  } as const;
  return bad.length > 0 ? bad : [good];
};

/** A node without a key has no lock, and nothing of it can be wrong. */
function folderIfKey(config: Config): GuardFolder | undefined {
  try {
    return openGuardFolder(config);
  } catch (error) {
    if (error instanceof InputError && error.code === 'key-unknown') return undefined;
    throw error;
  }
}

async function statusIfRuns(cli: Cli): Promise<NodeStatus | undefined> {
  try {
    return await statusOf(cli);
  } catch (error) {
    if (error instanceof OperationError && error.code === 'no-node') return undefined;
    throw error;
  }
}

/** Says what a release would do; with `--yes`, does it. */
export async function release(cli: Cli, { withoutL1 }: { readonly withoutL1?: boolean }): Promise<void> {
  const ask = async (isConfirmed: boolean): Promise<GuardView> =>
    guardView.parse(await cli.ask('release', { args: { withoutL1: withoutL1 === true, isConfirmed } }));
  const shown = await ask(false);
  const marks = shown.quarantine?.marks ?? [];
  const lines = [
    `quarantine  ${shown.quarantine?.why ?? ''}`,
    `asked       ${shown.quarantine?.from.join(', ') ?? ''}`,
    ...table([
      ['LANE', 'LOW', 'SAYS', 'SCOPE'],
      ...marks.map(({ lane, low, source, scope }) => [lane, low, source, scope]),
    ]),
  ];
  if (cli.flags.yes !== true) {
    document(cli.output, { ...shown, isReleased: false }, [
      ...lines,
      'At or below these numbers this node will sign nothing. To release it: conclave --yes node release',
    ]);
    return;
  }
  const after = await ask(true);
  result(cli.output, { isReleased: true, marks, rows: after.rows }, [...lines, 'this node signs again']);
}
