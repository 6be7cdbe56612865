import { to0x, toHex } from '../crypto/bytes.ts';
import { type LogOwner, logIdOf } from '../chain/log/entry.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { type HeadsCase, seatsOf, recheckHeads, recheckView, recheckWitnesses } from './log-heads.ts';
import type { RecordIndex } from './log-facts.ts';
import { type OwnedLog, type Successions, recheckPlace } from './log-place.ts';
import type { KeptHead, LogRead } from './log-read.ts';
import { namedBy, recheckComplete, recheckFacts, recheckOnce, recheckRecords } from './log-records.ts';
import { type Row, type SignRow, rowsOf } from './log-rows.ts';
import {
  recheckEpochs,
  recheckExclusions,
  recheckNonces,
  recheckSignatures,
  recheckUse,
  recheckVerdicts,
} from './log-rules.ts';
import type { Membership, Registry } from './registry.ts';
import {
  type CheckTable,
  type Facts,
  type Report,
  type Result,
  fail,
  pass,
  reportOf,
  skip,
} from './report.ts';
import { splitPath } from './source.ts';

/** The checks of the log of one member. */
export const logChecks: CheckTable = {
  G1: {
    title: 'whole',
    meaning:
      'Every entry is there, in its place, follows from the one before it, and its words fit its bytes.',
  },
  G2: {
    title: 'signed',
    meaning:
      'The owner has signed this log: the entries make exactly the roots of all of its heads, to the last.',
  },
  G3: {
    title: 'countersigned',
    meaning: 'Other members have signed heads of this log, which they had followed.',
  },
  G4: {
    title: 'one view',
    meaning: 'What other members keep of this log is this log: its owner has not shown two.',
  },
  G5: {
    title: 'records',
    meaning: 'Every file that an entry names is there, is exactly that file, and holds by its own audit.',
  },
  G6: {
    title: 'same story',
    meaning: 'What an entry says of its session is what the messages of the session show.',
  },
  G7: {
    title: 'nothing besides',
    meaning: 'No session and no evidence lies beside the log without an entry.',
  },
  G8: {
    title: 'signatures',
    meaning:
      'Each signature in the log is by the key, over what the entry says, by a quorum with the owner in it.',
  },
  G9: {
    title: 'single use',
    meaning: 'No preparation was used twice, and the guard against it only ever grew.',
  },
  G10: {
    title: 'nonces once',
    meaning:
      'No secret number was used for two signatures in the whole log: two with the same give the key away.',
  },
  G11: {
    title: 'epochs',
    meaning: 'Epochs come one after the other, and what is done is done in the one that is active.',
  },
  G12: {
    title: 'exclusions',
    meaning: 'With who was proven guilty nothing more was done, unless it was taken back.',
  },
  G13: {
    title: 'verdicts',
    meaning: 'The evidence of each verdict, judged again, convicts whom the log names.',
  },
  G14: {
    title: 'its place',
    meaning:
      'The log is that of a member of the cluster, and its first one, or it says whose place it has taken.',
  },
};

/** What the log of a member says, for comparison with others and with L1. */
export interface LogAudit {
  /** Path of the log. */
  readonly path: string;
  readonly owner: LogOwner;
  /** Seats that the owner has had. */
  readonly own: ReadonlySet<string>;
  /** Epochs of which the owner is a member, and the ceremonies that made them; by the locks that are here. */
  readonly memberships: readonly Membership[];
  readonly rows: readonly Row[];
  /** Preparations for which the record shows no part of a signature by the owner. */
  readonly unsent: ReadonlySet<string>;
  /** Latest time in the owner's heads and entries, milliseconds; 0 without any. */
  readonly untilMs: number;
}

/** What a log is judged by. */
export interface LogCase extends Omit<HeadsCase, 'owner' | 'log' | 'kept' | 'strangers'> {
  readonly index: RecordIndex;
  readonly registry: Registry;
  readonly successions: Successions;
  /** All heads of the tree. */
  readonly everyHead: readonly KeptHead[];
  /** Whether the log of another member shows what this session signed. */
  readonly isShownElsewhere: (row: SignRow) => boolean;
}

/** The report on one log. */
export function auditLog(log: LogRead, each: LogCase): Report {
  const subject = { kind: 'log', path: log.path } as const;
  const { owner } = log;
  if (owner === undefined || log.problem !== undefined) {
    const problem = log.problem ?? `${log.path} has no first line`;
    const heads = each.problem === undefined ? [] : [fail('G2', each.problem)];
    return reportOf(subject, logChecks, [fail('G1', problem), ...heads], {});
  }
  const [folder] = splitPath(log.path);
  const { rows } = log;
  const { index, registry, seats, successions, everyHead } = each;
  const owned: OwnedLog = { ...log, owner };
  const kept = everyHead.filter(({ path }) => path === each.beside);
  const heads: HeadsCase = {
    ...each,
    log,
    owner,
    kept,
    strangers: successions.strangersTo(owned, everyHead),
  };
  const named = namedBy(rows, folder, index);
  const own = seatsOf(seats, owner.owner);
  const unnamed = rowsOf(rows, 'sign').filter(
    (row) => row.outcome === 'done' && row.record === undefined && !each.isShownElsewhere(row),
  );
  const results: readonly Result[] = [
    pass('G1', `${rows.length} entries, each following from the one before it`),
    recheckHeads('G2', heads),
    recheckWitnesses('G3', heads),
    ...recheckView('G4', heads),
    recheckRecords('G5', named, unnamed),
    recheckFacts('G6', named),
    recheckComplete('G7', named, { folder, index }),
    recheckOnce('G7', named),
    recheckSignatures('G8', rows, { registry, own }),
    recheckUse('G9', rows),
    recheckNonces('G10', rows, named),
    recheckEpochs('G11', rows, registry),
    recheckExclusions('G12', rows, registry),
    recheckVerdicts('G13', rows, named, { registry, cluster: toHex(owner.cluster) }),
    recheckPlace('G14', owned, each),
  ];
  return reportOf(subject, logChecks, results, factsOf(owner, own, rows));
}

/** The report on a folder that has no log, and what belongs to one; `heads`: what is wrong with its heads. */
export function noLog(path: string, heads: string | undefined): Report {
  const results = [
    fail('G1', `${path} is missing: what lies beside it is not all that its owner has to show`),
  ];
  if (heads !== undefined) results.push(fail('G2', heads));
  return reportOf({ kind: 'log', path }, logChecks, results, {});
}

/** The report on a signature that lies beside all logs, and of which none tells. */
export const unlogged = (path: string): Report =>
  reportOf(
    { kind: 'log', path },
    logChecks,
    [fail('G7', `${path}: no entry of any log here tells of it`)],
    {},
  );

/** The report on the folder of a node, in a tree without any export: its log lies there in another form. */
export const notExported = (path: string): Report =>
  reportOf(
    { kind: 'log', path },
    logChecks,
    Object.keys(logChecks).map((id) => skip(id, 'this is no export: `conclave audit export` makes one')),
    {},
  );

function factsOf(owner: LogOwner, own: ReadonlySet<string>, rows: readonly Row[]): Facts {
  const indices = new Set([...own].map((seat) => seat.split(' ')[1] ?? ''));
  const counts: Record<string, number> = {};
  for (const { kind } of rows) counts[kind] = (counts[kind] ?? 0) + 1;
  const counted = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return {
    owner: identityText(owner.owner),
    party: own.size === 0 ? 'unknown to the locks here' : [...indices].join(', '),
    log: to0x(logIdOf(owner)),
    cluster: to0x(owner.cluster),
    ...(owner.instance.length === 0 ? {} : { instance: to0x(owner.instance) }),
    entries: counted.join(', '),
  };
}
