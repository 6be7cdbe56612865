import { to0x } from '../crypto/bytes.ts';
import { type LogOwner, logIdOf } from '../chain/log/entry.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { type HeadsCase, seatsOf, recheckHeads, recheckView, recheckWitnesses } from './log-heads.ts';
import type { RecordIndex } from './log-facts.ts';
import type { LogRead } from './log-read.ts';
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
import type { Registry } from './registry.ts';
import { type CheckTable, type Facts, type Report, type Result, fail, pass, reportOf } from './report.ts';
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
    meaning: 'Epochs come one after the other, and nothing is signed in one that was left.',
  },
  G12: {
    title: 'exclusions',
    meaning: 'With who was proven guilty nothing more was done, unless it was taken back.',
  },
  G13: {
    title: 'verdicts',
    meaning: 'The evidence of each verdict, judged again, convicts whom the log names.',
  },
};

/** What the log of a member says, for comparison with others and with L1. */
export interface LogAudit {
  /** Path of the log. */
  readonly path: string;
  readonly owner: LogOwner;
  /** Seats that the owner has had. */
  readonly own: ReadonlySet<string>;
  readonly rows: readonly Row[];
  /** Latest time that the owner has signed, milliseconds; 0 without a head. */
  readonly untilMs: number;
}

/** What a log is judged by. */
export interface LogCase extends Omit<HeadsCase, 'owner' | 'log'> {
  readonly index: RecordIndex;
  readonly registry: Registry;
  /** Whether the log of another member shows what this session signed. */
  readonly isShownElsewhere: (row: SignRow) => boolean;
}

/** The report on one log. */
export function auditLog(log: LogRead, each: LogCase): Report {
  const subject = { kind: 'log', path: log.path } as const;
  const { owner } = log;
  if (owner === undefined || log.problem !== undefined) {
    const problem = log.problem ?? `${log.path} has no first line`;
    return reportOf(subject, logChecks, [fail('G1', problem)], {});
  }
  const [folder] = splitPath(log.path);
  const { rows } = log;
  const { index, registry, seats } = each;
  const heads: HeadsCase = { ...each, log, owner };
  const named = namedBy(rows, folder, index);
  const own = seatsOf(seats, owner.owner);
  const unnamed = rowsOf(rows, 'sign').filter(
    (row) => row.outcome === 'done' && row.record === undefined && !each.isShownElsewhere(row),
  );
  const results: readonly Result[] = [
    pass('G1', `${rows.length} entries, each following from the one before it`),
    recheckHeads('G2', heads),
    recheckWitnesses('G3', heads),
    recheckView('G4', heads),
    recheckRecords('G5', named, unnamed),
    recheckFacts('G6', named),
    recheckComplete('G7', named, { folder, index }),
    recheckOnce('G7', named),
    recheckSignatures('G8', rows, { registry, own }),
    recheckUse('G9', rows),
    recheckNonces('G10', rows, named),
    recheckEpochs('G11', rows, registry),
    recheckExclusions('G12', rows),
    recheckVerdicts('G13', rows, named),
  ];
  return reportOf(subject, logChecks, results, factsOf(owner, own, rows));
}

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
