import { equalBytes, fromHex, to0x, toHex } from '../crypto/bytes.ts';
import type { LogOwner } from '../chain/log/entry.ts';
import { type KeptHead, type LogRead, logNameOf } from './log-read.ts';
import type { SucceedsRow } from './log-rows.ts';
import type { Registry } from './registry.ts';
import { type Result, pass, skip, unless } from './report.ts';

/** A log whose first line could be read. */
export interface OwnedLog extends LogRead {
  readonly owner: LogOwner;
}

/** The logs of which it is known whose they are. */
export const ownedAmong = (logs: readonly LogRead[]): readonly OwnedLog[] =>
  logs.flatMap((log) => (log.owner === undefined ? [] : [{ ...log, owner: log.owner }]));

const successionIn = ({ rows: [first] }: LogRead): SucceedsRow | undefined =>
  first?.kind === 'succeeds' ? first : undefined;

/** What the logs of a tree say of whose place each has taken. */
export class Successions {
  readonly #byName: ReadonlyMap<string, OwnedLog>;
  /** By name of a log, the names of those that say that they take its place. */
  readonly #after = new Map<string, string[]>();

  constructor(logs: readonly LogRead[]) {
    this.#byName = new Map(ownedAmong(logs).map((log) => [logNameOf(log.owner), log]));
    for (const [name, log] of this.#byName) {
      const predecessor = successionIn(log)?.predecessor;
      if (predecessor === undefined) continue;
      const known = this.#after.get(predecessor);
      if (known === undefined) this.#after.set(predecessor, [name]);
      else known.push(name);
    }
  }

  /** A log by its name, if it is here. */
  at(name: string): OwnedLog | undefined {
    return this.#byName.get(name);
  }

  /** The names of the logs that this one goes on from, one after the other, as far as they are here. */
  before(log: LogRead): readonly string[] {
    const names = new Set<string>();
    for (let at: LogRead | undefined = log; at !== undefined;) {
      const name: string | undefined = successionIn(at)?.predecessor;
      if (name === undefined || names.has(name)) break;
      names.add(name);
      at = this.#byName.get(name);
    }
    return [...names];
  }

  /** This log, those before it, and those here that go on from it. */
  namesWith(log: OwnedLog): ReadonlySet<string> {
    const after = new Set([logNameOf(log.owner)]);
    // A set is walked in the order of what is added to it, and grows on the way.
    for (const name of after) for (const next of this.#after.get(name) ?? []) after.add(next);
    return new Set([...after, ...this.before(log)]);
  }

  /**
   * Heads that the owner of a log has signed for other logs in the same cluster, of which neither this one
   * nor one that goes on from it says that it takes their place.
   */
  strangersTo(log: OwnedLog, heads: Iterable<KeptHead>): readonly KeptHead[] {
    const names = this.namesWith(log);
    const { owner, cluster } = log.owner;
    return [...heads].filter(
      ({ record, ofCluster }) =>
        equalBytes(record.owner, owner) &&
        equalBytes(ofCluster, cluster) &&
        !names.has(toHex(record.signed.head.logId)),
    );
  }
}

/**
 * A log is one of a cluster to which its owner belongs, and the first that it keeps there unless it names the
 * one before. Else it would be any log, beside the one that the others have followed.
 */
export function recheckPlace(
  id: string,
  log: OwnedLog,
  { registry, successions }: { readonly registry: Registry; readonly successions: Successions },
): Result {
  const { owner } = log;
  const problems = [
    ...(registry.clustersOf(owner.owner).has(toHex(owner.cluster))
      ? []
      : [
          `${log.path}: no lock here gives its owner a seat in the cluster ${to0x(owner.cluster)}; ` +
            'where it is missing, put the folder of the ceremony, or the export of another member, beside it',
        ]),
    ...foreignKeysIn(log, registry),
    ...successionProblems(log, successions),
  ];
  if (problems.length > 0) return unless(id, problems, '');
  const [named] = successions.before(log);
  if (named === undefined) return pass(id, 'its owner has a seat in this cluster, and this is its first log');
  return successions.at(named) === undefined
    ? skip(id, `it takes the place of the log 0x${named}, which is not here: ask for it, or how it was lost`)
    : pass(id, `it takes the place of the log 0x${named}, which is here`);
}

/** Entries about the key of another cluster. */
function foreignKeysIn({ rows, owner }: OwnedLog, registry: Registry): readonly string[] {
  const seen = new Set<string>();
  return rows.flatMap(({ keyId, where }) => {
    if (seen.has(keyId)) return [];
    seen.add(keyId);
    const clusters = registry.clustersOfKey(fromHex(keyId) ?? new Uint8Array(0));
    const isForeign = clusters.size > 0 && !clusters.has(toHex(owner.cluster));
    return isForeign ? [`${where}: is about a key of another cluster than that of the log`] : [];
  });
}

function successionProblems(log: OwnedLog, successions: Successions): readonly string[] {
  const { owner, path } = log;
  const row = successionIn(log);
  const instance = toHex(owner.instance);
  if (row === undefined)
    return instance === '' ? [] : [`${path}: is no first log, and does not say whose place it takes`];
  if (row.instance !== instance)
    return [`${row.where}: begins another log than this one, of the instance 0x${row.instance}`];
  const before = successions.at(row.predecessor)?.owner;
  const isOurs =
    before === undefined ||
    (equalBytes(before.owner, owner.owner) && equalBytes(before.cluster, owner.cluster));
  return isOurs ? [] : [`${row.where}: takes the place of a log of another owner or cluster`];
}
