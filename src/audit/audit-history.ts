import type { SignatureRecord } from './signature-record.ts';
import { type CheckTable, type Report, reportOf, unless } from './report.ts';

/** What is compared across the signatures of a tree. [protocol, 14.3 A3, A4, A8; product, 8.1] */
export const historyChecks: CheckTable = {
  A1: {
    title: 'one lock an epoch',
    meaning: 'All signatures of an epoch of a key stand under the same lock.',
  },
  A3: { title: 'one story', meaning: 'Copies of one session, kept by several members, tell the same.' },
  A4: {
    title: 'nonces once',
    meaning: 'No secret number was used for two signatures: two with the same would give the key away.',
  },
  A8: { title: 'single use', meaning: 'No preparation was used for two requests.' },
  SG: {
    title: 'one content a slot',
    meaning: 'For no transaction number and no batch number did a member sign two different contents.',
  },
};

/** The report on what several signatures have in common; each of them has a report of its own. */
export function auditHistory(path: string, records: readonly SignatureRecord[]): Report {
  const sessions = firstOf(records, ({ signSid }) => signSid);
  const preparations = firstOf(records, ({ presignSid }) => presignSid);
  const results = [
    unless(
      'A1',
      differing(
        records,
        ({ epoch }) => epoch,
        ({ lock }) => lock,
        'is under another lock of the same epoch than',
      ),
      'as it is',
    ),
    unless(
      'A3',
      differing(
        records.filter(isWhole),
        ({ signSid }) => signSid,
        ({ view }) => view,
        'tells another story of the same session than',
      ),
      `${records.length} copies of ${sessions.length} sessions`,
    ),
    unless(
      'A4',
      [
        ...twice(sessions, ({ r }) => (r === undefined ? [] : [r]), 'has the same r as'),
        ...twice(preparations, ({ nonces }) => nonces, 'uses a nonce of'),
      ],
      `${sessions.length} signatures and ${preparations.length} preparations, all of their nonces distinct`,
    ),
    unless(
      'A8',
      twice(sessions, ({ presigId }) => [presigId], 'uses up the preparation of'),
      'each was used once',
    ),
    unless('SG', slotProblems(records), `${new Set(sessions.flatMap(({ slots }) => slots)).size} slots`),
  ];
  return reportOf({ kind: 'history', path }, historyChecks, results, {
    signatures: String(sessions.length),
    presignSessions: String(preparations.length),
  });
}

/** A session that ended early ended at another message for each member; only whole ones must be equal. */
const isWhole = ({ outcome }: SignatureRecord): boolean => outcome === 'done';

/** The first record of each name: copies of one session count once. */
function firstOf(
  records: readonly SignatureRecord[],
  nameOf: (record: SignatureRecord) => string,
): readonly SignatureRecord[] {
  const found = new Map<string, SignatureRecord>();
  for (const record of records) if (!found.has(nameOf(record))) found.set(nameOf(record), record);
  return [...found.values()];
}

/** Records of one name whose contents differ from the first one's. */
function differing(
  records: readonly SignatureRecord[],
  nameOf: (record: SignatureRecord) => string,
  contentOf: (record: SignatureRecord) => string,
  what: string,
): readonly string[] {
  const first = new Map<string, SignatureRecord>();
  return records.flatMap((record) => {
    const known = first.get(nameOf(record)) ?? record;
    first.set(nameOf(record), known);
    return contentOf(known) === contentOf(record) ? [] : [`${record.path} ${what} ${known.path}`];
  });
}

/** Values that occur twice, in one record or in two. */
function twice(
  records: readonly SignatureRecord[],
  valuesOf: (record: SignatureRecord) => readonly string[],
  what: string,
): readonly string[] {
  const seen = new Map<string, SignatureRecord>();
  const problems = new Set<string>();
  for (const record of records)
    for (const value of valuesOf(record)) {
      const known = seen.get(value);
      if (known === undefined) seen.set(value, record);
      else problems.add(`${record.path} ${what} ${known === record ? 'itself' : known.path}`);
    }
  return [...problems];
}

/**
 * Slots into which one member has put two contents: what the guard of an honest one never allows. Two that
 * were asked for at once may each find some members, and end without a signature: that is no fault.
 */
function slotProblems(records: readonly SignatureRecord[]): readonly string[] {
  const seen = new Map<string, SignatureRecord>();
  const problems = new Set<string>();
  for (const record of records)
    for (const slot of record.slots)
      for (const member of record.sharers) {
        const place = `${slot} ${member}`;
        const known = seen.get(place);
        if (known === undefined) seen.set(place, record);
        else if (known.content !== record.content)
          problems.add(`${record.path} and ${known.path} put two contents into one slot`);
      }
  return [...problems];
}
