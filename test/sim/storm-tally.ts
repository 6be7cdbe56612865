import { type LogEntry, decodeLogEntry } from '../../src/chain/log/entry.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { EntryStore } from '../../src/node/log/entry-store.ts';
import type { SimulatedNode } from '../crash/simulated-node.ts';
import type { Storm } from './storm.ts';

/** What storms came to. */
export interface Tally {
  /** One storm each. */
  readonly seeds: number[];
  /** By protocol: sessions that had an id, each once, however many members wrote of them. */
  readonly sessions: Map<string, number>;
  /** By protocol and end, as the members wrote it: `done`, `done at some`, or a code. */
  readonly endings: Map<string, number>;
  readonly faults: Map<string, number>;
  /** Processes that ended, and members that did not answer a demand, which is no blame. */
  deaths: number;
  unresponsive: number;
  /** Who was accused, by whom and for what. */
  readonly accused: { readonly member: number; readonly what: string }[];
  /** What must not be. */
  readonly strays: string[];
}

/** Nothing yet. */
export const newTally = (): Tally => ({
  ...{ seeds: [], deaths: 0, unresponsive: 0, sessions: new Map(), endings: new Map(), faults: new Map() },
  ...{ accused: [], strays: [] },
});

/** Sessions of all protocols. */
export const sessionsOf = ({ sessions }: Tally): number =>
  [...sessions.values()].reduce((sum, count) => sum + count, 0);

const count = (of: Map<string, number>, name: string, more = 1): void =>
  void of.set(name, (of.get(name) ?? 0) + more);

/** The entries of all signature logs on the disk of a node. */
export function entriesOf({ disk }: Pick<SimulatedNode, 'disk'>): readonly LogEntry[] {
  const port = disk.fork(1).open();
  const entries: LogEntry[] = [];
  for (const cluster of port.list('data/log'))
    EntryStore.open(port, `data/log/${cluster}/entries`, (body) =>
      entries.push(decodeLogEntry(body, cluster)),
    );
  return entries;
}

interface Seen {
  readonly protocol: string;
  readonly ends: string[];
}

/** Sessions by id, without those that never had one. */
function sessionsIn(entries: readonly LogEntry[]): ReadonlyMap<string, Seen> {
  const found = new Map<string, Seen>();
  for (const { event } of entries) {
    if (event.kind !== 'presign' && event.kind !== 'sign' && event.kind !== 'ceremony') continue;
    if (event.sid.every((byte) => byte === 0)) continue;
    const sid = toHex(event.sid);
    const protocol = event.kind === 'ceremony' ? event.what : event.kind;
    const seen = found.get(sid) ?? { protocol, ends: [] };
    seen.ends.push(event.outcome === 'aborted' ? event.reason : event.outcome);
    found.set(sid, seen);
  }
  return found;
}

const endOf = ({ ends }: Seen): string => {
  if (ends.every((end) => end === 'done')) return 'done';
  if (ends.includes('done')) return 'done at some';
  return [...new Set(ends)].sort().join(' and ');
};

/** Adds what a storm has left on the disks, but for what lay there before. */
export function addStorm(tally: Tally, storm: Storm, before: ReadonlySet<string>): void {
  const perNode = storm.nodes.map((node) => [node, entriesOf(node)] as const);
  for (const [sid, seen] of sessionsIn(perNode.flatMap(([, entries]) => entries))) {
    if (before.has(sid)) continue;
    count(tally.sessions, seen.protocol);
    count(tally.endings, `${seen.protocol}: ${endOf(seen)}`);
  }
  for (const [node, entries] of perNode) {
    for (const { event } of entries) {
      if (event.kind === 'unresponsive') tally.unresponsive += 1;
      if (event.kind === 'verdict')
        tally.accused.push({ member: event.culprit, what: `${node.name} convicts: ${event.code}` });
      if ('culprits' in event)
        for (const member of event.culprits)
          tally.accused.push({ member, what: `${node.name} names: ${event.kind} ${event.reason}` });
    }
    for (const { event, fields } of node.lines)
      if (event === 'member excluded')
        tally.accused.push({ member: memberOf(storm, fields['peer']), what: `${node.name} excludes` });
    for (const { member, reason } of node.command((one) => one.status().exclusions) ?? [])
      tally.accused.push({ member, what: `${node.name} has excluded: ${reason}` });
  }
  for (const kind of storm.met) count(tally.faults, kind);
  tally.deaths += storm.deaths;
  tally.strays.push(...storm.faults);
}

const memberOf = ({ nodes }: Storm, name: unknown): number =>
  nodes.find((node) => node.name === name)?.index ?? 0;

/** The ids of the sessions on these disks. */
export const sidsOn = (nodes: readonly Pick<SimulatedNode, 'disk'>[]): ReadonlySet<string> =>
  new Set(nodes.flatMap((node) => [...sessionsIn(entriesOf(node)).keys()]));
