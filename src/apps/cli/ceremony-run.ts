import { to0x } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { CeremonyEvent, CeremonyView } from '../../node/api.ts';
import { type Plan, readDefinition } from '../../chain/definition-file.ts';
import { definitionHash } from '../../protocols/ceremony/definition.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { ceremonyEvent, ceremonyView, ceremonyViews } from '../admin-protocol.ts';
import { isChangePlan } from '../change-proposal.ts';
import { exitOfCode, exits } from '../exit-codes.ts';
import { fail, note, progress, result, document, table } from '../output.ts';
import { quorumSentence } from '../proposal.ts';
import { readUserFile } from '../user-file.ts';
import { adviceOf, standingRows } from './change-advice.ts';
import { showPreview } from './change-text.ts';
import type { Cli } from './context.ts';
import { LiveLines, drawn, eventLine, grow, newTree } from './live-tree.ts';
import { statusOf } from './status.ts';

const short = ({ id }: CeremonyView): string => id.slice(2, 10);

/** Hands a definition to the node. It is read here first, so that its faults carry the name of the file. */
export async function join(cli: Cli, file: string): Promise<void> {
  const bytes = readUserFile(file);
  preview(cli, readDefinition(bytes, file));
  const view = ceremonyView.parse(await cli.ask('join', { args: { definition: to0x(bytes) } }));
  result(cli.output, view, [
    `${cli.output.paint('good', '✔')} joined ceremony ${short(view)} (${view.name})`,
    quorumSentence(view.members.length, view.required),
    ...view.members.map(({ index, name, hasSigned }) => `  ${hasSigned ? '☑' : '☐'} ${index}  ${name}`),
  ]);
  note(cli.output, 'Nothing is signed yet. Read the definition, then: conclave ceremony accept');
}

function preview(cli: Cli, plan: Plan): void {
  if (isChangePlan(plan)) showPreview(cli.output, plan);
}

/**
 * What the node is about to sign, from its folder: the operator consents to what is shown here, so the whole
 * id of that is what is accepted. Another ceremony may be the latest by then.
 */
async function previewOf(cli: Cli, id: string): Promise<string> {
  const view = await viewOf(cli, id);
  const path = `${view.folder}/definition.json`;
  const bytes = openDisk({ folder: cli.dataDir, sweep: false }).read(path);
  if (bytes === undefined) return view.id;
  const plan = readDefinition(bytes, path);
  if (to0x(definitionHash(plan.definition)) !== view.id)
    throw new InputError('definition-mismatch', path, `${path} is not the definition that the node has`);
  preview(cli, plan);
  return view.id;
}

/** Signs the definition after the pre-flight, whose items are printed. */
export async function accept(cli: Cli, latest: string): Promise<void> {
  const id = await previewOf(cli, latest);
  const view = ceremonyView.parse(await cli.ask('accept', { args: { id }, onProgress: tellEvent(cli) }));
  const missing = view.members.filter(({ hasSigned }) => !hasSigned).map(({ name }) => name);
  result(cli.output, view, [
    `${cli.output.paint('good', '✔')} accepted ceremony ${short(view)}` +
      (missing.length === 0 ? '; everybody has signed' : `; ${missing.join(', ')} have not signed yet`),
  ]);
}

/** Says no. */
export async function reject(cli: Cli, id: string, why: string): Promise<void> {
  const view = ceremonyView.parse(await cli.ask('reject', { args: { id, why } }));
  result(cli.output, view, [`ceremony ${short(view)} is ${view.state}`]);
}

/** Starts an attempt. */
export async function execute(cli: Cli, id: string, whenReady: boolean): Promise<void> {
  const args = { id, whenReady };
  const view = ceremonyView.parse(await cli.ask('execute', { args, onProgress: tellEvent(cli) }));
  const text = whenReady ? 'starts as soon as all have signed and are connected' : `is ${view.state}`;
  result(cli.output, view, [`${cli.output.paint('good', '✔')} ceremony ${short(view)} ${text}`]);
}

/** Ends the running attempt. */
export async function abort(cli: Cli, id: string): Promise<void> {
  const view = ceremonyView.parse(await cli.ask('abort', { args: { id } }));
  result(cli.output, view, [view.failure ?? `ceremony ${short(view)} is ${view.state}`]);
}

const tellEvent =
  (cli: Cli) =>
  (event: unknown): void => {
    const read = ceremonyEvent.safeParse(event);
    const line = read.success ? eventLine(read.data) : undefined;
    if (read.success && line !== undefined) progress(cli.output, read.data, `  ${line}`);
  };

async function views(cli: Cli): Promise<readonly CeremonyView[]> {
  return ceremonyViews.parse(await cli.ask('ceremonies'));
}

async function viewOf(cli: Cli, id: string): Promise<CeremonyView> {
  const all = await views(cli);
  const wanted = id.startsWith('0x') ? id : `0x${id}`;
  const found = id === 'latest' ? all.at(-1) : all.find((one) => one.id.startsWith(wanted));
  if (found !== undefined) return found;
  throw new InputError('ceremony-unknown', 'id', `this node has no ceremony ${id}`);
}

/** Where one ceremony stands, beside the epoch that is active now. */
export async function status(cli: Cli, id: string): Promise<void> {
  const [view, node] = await Promise.all([viewOf(cli, id), statusOf(cli)]);
  const { key } = node;
  const advice = adviceOf(view);
  document(cli.output, { ...view, current: key, advice }, [
    ...table([
      ['', 'CURRENT', 'THIS CEREMONY'],
      [
        'state',
        key === undefined ? 'no key' : `epoch ${key.epoch} active`,
        `${view.state}, attempt ${view.attempt}`,
      ],
      ['required', key === undefined ? '-' : String(key.required), String(view.required)],
      ['address', key?.address ?? '-', view.address ?? '-'],
      ['lock', key?.lockHash ?? '-', view.lockHash ?? '-'],
    ]),
    ...view.members.map(({ index, name, hasSigned }) => `  ${hasSigned ? '☑' : '☐'} ${index}  ${name}`),
    `folder ${view.folder}`,
    ...(view.failure === undefined ? [] : [view.failure]),
    ...table(standingRows(view)),
    ...(advice?.sentences ?? []),
  ]);
}

/** All ceremonies of this node. */
export async function list(cli: Cli): Promise<void> {
  const all = await views(cli);
  document(
    cli.output,
    all,
    table([
      ['ID', 'NAME', 'STATE', 'SIGNED', 'ADDRESS'],
      ...all.map((view) => [
        ...[short(view), view.name, view.state],
        `${view.members.filter(({ hasSigned }) => hasSigned).length}/${view.members.length}`,
        view.address ?? '',
      ]),
    ]),
  );
}

/** Milliseconds between two drawings of a tree that waits. */
const REDRAW_MS = 250;

/** Watches until the ceremony is over. Leaving it changes nothing, and that is said. */
export async function watch(cli: Cli, id: string): Promise<void> {
  const before = await viewOf(cli, id);
  const left = new AbortController();
  const leave = (): void => left.abort();
  process.once('SIGINT', leave);
  const screen = screenFor(cli, before);
  try {
    const asked = cli.ask('watch', {
      args: { id: before.id },
      onProgress: screen.hear,
      signal: left.signal,
    });
    const view = ceremonyView.parse(await asked);
    screen.end();
    ended(cli, view, screen.reason());
  } catch (error) {
    screen.end();
    if (!left.signal.aborted) throw error;
    note(
      cli.output,
      'You left; the ceremony goes on without this window. Watch again: conclave ceremony watch',
    );
  } finally {
    process.off('SIGINT', leave);
  }
}

interface Screen {
  readonly hear: (event: unknown) => void;
  readonly end: () => void;
  /** The code with which the ceremony ended, if it did not complete. */
  readonly reason: () => string | undefined;
}

/** A live tree on a terminal, plain or JSON lines elsewhere. */
function screenFor(cli: Cli, view: CeremonyView): Screen {
  let reason: string | undefined;
  const note = (event: CeremonyEvent): void => {
    if (event.type === 'aborted') reason = String(event['reason']);
  };
  const isLive = cli.output.err.isTty && !cli.output.isJson && !cli.output.isQuiet;
  if (!isLive) {
    const tell = tellEvent(cli);
    const hear = (event: unknown): void => {
      const read = ceremonyEvent.safeParse(event);
      if (read.success) note(read.data);
      tell(event);
    };
    return { hear, end: () => undefined, reason: () => reason };
  }
  const lines = new LiveLines(cli.output);
  let tree = newTree(view);
  const draw = (): void => lines.show(drawn(tree, cli.output, systemClock.nowMs()));
  let cancel: () => void;
  const tick = (): void => {
    draw();
    cancel = systemClock.after(REDRAW_MS, tick);
  };
  cancel = systemClock.after(0, tick);
  return {
    hear: (event) => {
      const read = ceremonyEvent.safeParse(event);
      if (!read.success) return;
      note(read.data);
      tree = grow(tree, read.data);
      draw();
    },
    end: () => {
      cancel();
      draw();
    },
    reason: () => reason,
  };
}

/** The last words: address, lock and transcript, equal on all nodes; or the line of the failure. */
function ended(cli: Cli, view: CeremonyView, reason: string | undefined): void {
  const { address, lockHash, transcriptRoot, state, failure, folder } = view;
  if (state === 'left') {
    result(cli.output, { ceremony: view.id, state, address, lockHash, folder }, [
      `${cli.output.paint('good', '✔')} this node has left: the key goes on without it`,
      `address          ${cli.output.paint('strong', address ?? '')}`,
    ]);
    return;
  }
  if (state === 'complete') {
    result(cli.output, { ceremony: view.id, address, lockHash, transcriptRoot, folder }, [
      `address          ${cli.output.paint('strong', address ?? '')}`,
      `lock hash        ${lockHash ?? ''}`,
      `transcript root  ${transcriptRoot ?? ''}`,
    ]);
    return;
  }
  const code = reason ?? 'ceremony-ended';
  if (failure === undefined) throw new OperationError(code, 'reset', `the ceremony is ${state}`);
  const exit = exitOfCode(code, exits.unavailable);
  fail(cli.output, { type: 'error', kind: 'operation', code, message: failure, exit });
  process.exitCode = exit;
}
