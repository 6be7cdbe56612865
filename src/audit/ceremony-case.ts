import { equalBytes, to0x } from '../crypto/bytes.ts';
import { type Plan, readDefinition } from '../chain/definition-file.ts';
import { parseLock } from '../chain/lock-file.ts';
import type { Lock } from '../chain/lock.ts';
import { definitionHash } from '../protocols/ceremony/definition.ts';
import { epochIdOf } from '../protocols/epoch.ts';
import { zero32 } from '../protocols/kernel/envelope.ts';
import { type Spec, partiesOf } from '../protocols/kernel/spec.ts';
import type { Finding } from '../protocols/replay.ts';
import { lockFacts } from './expectations.ts';
import { type Folder, type Read, inOrder, readFrom } from './reading.ts';
import { readReceipt, receiptProblems } from './receipt.ts';
import { type CheckTable, type Facts, type Result, fail, skip, unless } from './report.ts';
import { type TranscriptFile, readTranscript } from './transcript-file.ts';

/** The checks of a ceremony. [product, 5.9] */
export const ceremonyChecks: CheckTable = {
  V1: {
    title: 'files',
    meaning: 'Every file is whole and in its one form, and every hash in it is the hash of what it names.',
  },
  V2: {
    title: 'definition',
    meaning: 'Everybody whom it takes has signed the plan: who takes part, and on which terms.',
  },
  V3: {
    title: 'messages',
    meaning:
      'Every message is signed by its member, for this session, once, and all members saw the same ones.',
  },
  V4: {
    title: 'protocol',
    meaning: 'Whatever can be checked in public about the making of the key holds for every member.',
  },
  V5: {
    title: 'key',
    meaning: 'The key of the lock is the one that the messages make, and its public shares belong together.',
  },
  V6: {
    title: 'proofs by the key',
    meaning: 'The key has signed, by groups of members; of a new key, every member has been in one.',
  },
  V7: {
    title: 'earlier epoch',
    meaning: 'A key that changes hands stays the same key, and those who held it have given it over.',
  },
  V8: {
    title: 'lock',
    meaning: 'As many members as it takes have signed the result, and it is the result of these messages.',
  },
  V9: { title: 'accusations', meaning: 'Whoever was accused of cheating is guilty by signed bytes alone.' },
  V10: {
    title: 'expectations',
    meaning: 'Address, committee and lock are those that you know from elsewhere.',
  },
  ER: {
    title: 'old shares',
    meaning:
      'Members of the epoch before have stated that their old shares are gone; files cannot show more.',
  },
  RC: { title: 'receipts', meaning: 'Each member has signed that its own messages are among these.' },
};

/** The files of one ceremony, as far as they can be read. */
export interface CeremonyCase {
  readonly folder: Folder;
  readonly definition: Read<Plan>;
  readonly lock: Read<Lock>;
  readonly transcript: Read<TranscriptFile>;
}

/** The files of a folder, read. */
export const readCeremony = (folder: Folder): CeremonyCase => ({
  folder,
  definition: readFrom(folder, 'definition.json', readDefinition),
  lock: readFrom(folder, 'lock.json', parseLock),
  transcript: readFrom(folder, 'transcript.jsonl', readTranscript),
});

/** Whether this is an attempt that came to nothing: it has a transcript, and rightly no lock. */
export const hasFailed = ({ folder, transcript }: CeremonyCase): boolean =>
  !folder.files.has('lock.json') && transcript.value !== undefined && transcript.value.outcome !== 'done';

/** V1: every file that must be there can be read, and lock and definition are of one ceremony. */
export function recheckFiles(
  ceremony: CeremonyCase,
  rightlyMissing: readonly ('lock' | 'transcript')[],
): readonly Result[] {
  const { definition, lock, transcript } = ceremony;
  const isMissing = (name: 'lock' | 'transcript'): boolean => rightlyMissing.includes(name);
  const reads = [
    definition,
    ...(isMissing('lock') ? [] : [lock]),
    ...(isMissing('transcript') ? [] : [transcript]),
  ];
  const names = ['definition', ...(['lock', 'transcript'] as const).filter((name) => !isMissing(name))];
  const problems = reads.flatMap(({ problem }) => problem ?? []);
  if (definition.value !== undefined && lock.value !== undefined) {
    const [one, two] = [definition.value, lock.value.definition].map((signed) =>
      definitionHash(signed.definition),
    );
    if (!equalBytes(one ?? zero32, two ?? zero32))
      problems.push('lock.json is the lock of another definition than definition.json');
  }
  return [unless('V1', problems, `${names.join(', ')} whole; their hashes are right`)];
}

/** Whether this seat of a session is that of a definition. */
export const isSeat = (spec: Spec, i: number, index: number, identityPk: Uint8Array): boolean => {
  const seat = spec.participants[i];
  return seat?.index === index && equalBytes(seat.identityPk, identityPk);
};

/** Findings that do not hold, as lines of a report. */
export const findingProblems = (path: string, findings: readonly Finding[]): string[] =>
  findings
    .filter(({ ok }) => !ok)
    .map(({ check, accused, meaning }) => {
      const who = accused === undefined ? '' : ` of party ${accused}`;
      return `${path}: it does not hold${who} that ${meaning} (${check})`;
    });

/** Whether every receipt is its member's, and about these messages. */
export function recheckReceipts({ folder, lock, transcript }: CeremonyCase): readonly Result[] {
  const names = [...folder.files.keys()].filter((name) => /^receipt-.*\.json$/.test(name)).sort(inOrder);
  if (names.length === 0) return [skip('RC', 'there are no receipts in this folder')];
  if (!folder.files.has('lock.json')) return [fail('RC', `${names.join(', ')}: lock.json is missing`)];
  const [known, file] = [lock.value, transcript.value];
  if (known === undefined || file === undefined) return [];
  const problems = names.flatMap((name) => {
    const receipt = readFrom(folder, name, readReceipt);
    if (receipt.value === undefined) return [receipt.problem];
    return receiptProblems(receipt.value, known, file).map((what) => `${name}: ${what}`);
  });
  return [unless('RC', problems, `${names.length} receipts`)];
}

/** What the files show of the ceremony. */
export function factsOf({ lock, transcript, definition }: CeremonyCase): Facts {
  const plan = definition.value?.definition;
  const file = transcript.value;
  return {
    ...(plan === undefined ? {} : { definition: to0x(definitionHash(plan)), purpose: plan.purpose }),
    ...(lock.value === undefined
      ? {}
      : { ...lockFacts(lock.value), epochId: to0x(epochIdOf(lock.value.record)) }),
    ...(file === undefined
      ? {}
      : {
          outcome: file.outcome,
          parties: partiesOf(file.spec).join(', '),
          ...(file.root === undefined ? {} : { root: to0x(file.root) }),
          transcript: to0x(file.head),
        }),
  };
}
