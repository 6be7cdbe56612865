import { equalBytes, to0x } from '../crypto/bytes.ts';
import { logIdOf } from '../chain/log/entry.ts';
import { readSplitView } from '../chain/log/split-view.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { type Folder, readFrom } from './reading.ts';
import type { KeySeat } from './registry.ts';
import { type CheckTable, type Report, fail, pass, reportOf } from './report.ts';
import { joinPath } from './source.ts';

/** Whether a file of this name holds evidence that a member has shown two logs. */
export const isSplitViewFile = (name: string): boolean => /^[0-9a-f]{8,64}-split-view\.json$/.test(name);

const checks: CheckTable = {
  E1: {
    title: 'The accused is guilty',
    meaning: 'What the accused has signed breaks a rule, so that nobody needs to believe the accuser.',
  },
};

/**
 * Judges such a file by what is in it alone; the locks of the tree say which member its owner is.
 * @returns a report whose check holds when a member has shown two logs
 */
export function auditSplitView(folder: Folder, name: string, seats: readonly KeySeat[]): Report {
  const subject = { kind: 'evidence', path: joinPath(folder.path, name) } as const;
  const read = readFrom(folder, name, readSplitView);
  if (read.value === undefined) return reportOf(subject, checks, [fail('E1', read.problem)], {});
  const { owner, a, b } = read.value;
  const seat = seats.find(({ identityPk }) => equalBytes(identityPk, owner));
  const who = identityText(owner);
  if (seat === undefined)
    return reportOf(
      subject,
      checks,
      [fail('E1', `${name}: ${who} is no member of a key in these files`)],
      {},
    );
  const sizes = `of ${a.head.size} and of ${b.head.size} entries`;
  return reportOf(
    subject,
    checks,
    [pass('E1', `party ${seat.index} is guilty (split-view): it has signed heads ${sizes} of two logs`)],
    { accused: String(seat.index), identity: who, log: to0x(logIdOf(read.value)) },
  );
}
