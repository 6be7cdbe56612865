import { describe, expect, test } from 'vitest';

import {
  type Receipt,
  makeReceipt,
  merkleRootOf,
  readReceipt,
  receiptProblems,
  writeReceipt,
} from '../../../src/audit/receipt.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { equalBytes } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { signFor } from '../../../src/crypto/ed25519.ts';
import { members } from '../../sim/cluster.ts';
import { makeCeremony, thirtyTwo } from './support/folders.ts';
import { fileOf, leafMutations } from './support/tamper.ts';

const { files, lock } = makeCeremony(3, 2);
const transcript = readTranscript(fileOf(files, 'transcript.jsonl'), 'transcript.jsonl');
const bytes = fileOf(files, 'receipt-node-2.json');
const receipt = readReceipt(bytes, 'receipt-node-2.json');
const problems = (changed: Receipt): readonly string[] => receiptProblems(changed, lock, transcript);

describe('a receipt', () => {
  test('holds for the messages of its member, and comes back as it was written', () => {
    expect(problems(receipt)).toEqual([]);
    expect(receipt.entries).toHaveLength(5);
    expect(writeReceipt(receipt)).toEqual(bytes);
  });

  test('is made for members only', () => {
    expect(() => makeReceipt(transcript, lock, partyIndex(9), () => bytes)).toThrow(InputError);
  });

  test('fails for every value of its file that is changed', () => {
    for (const { what, bytes: changed } of leafMutations(bytes)) {
      let found: readonly string[];
      try {
        found = problems(readReceipt(changed, 'receipt'));
      } catch (error) {
        expect(error, what).toBeInstanceOf(InputError);
        continue;
      }
      expect(found, what).not.toEqual([]);
    }
  });

  test('fails for another lock, another transcript, and messages that are left out', () => {
    const other = makeCeremony(3, 2, 'two');
    const theirs = readTranscript(fileOf(other.files, 'transcript.jsonl'), 'transcript.jsonl');
    expect(receiptProblems(receipt, other.lock, transcript)).toContain('it is for another lock');
    expect(receiptProblems(receipt, lock, theirs)).toContain('its root is not that of the transcript');
    const seed = members(3)[1]?.seed;
    if (seed === undefined) throw new RangeError('no seed');
    const less = { ...transcript, entries: transcript.entries.slice(0, 3) };
    const short = makeReceipt(less, lock, partyIndex(2), (hash) => signFor('receipt', seed, hash));
    expect(problems(short)).toContain('it does not name exactly the messages of its member');
  });

  test('has a path to its root for every number of messages', () => {
    for (let count = 1; count <= 9; count++) {
      const eids = Array.from({ length: count }, (_, i) => thirtyTwo(`eid ${count} ${i}`));
      const roots = eids.map((_, i) => merkleRootOf(eids.filter((_eid, k) => k !== i || count === 1)));
      if (count > 1) expect(roots.every((root) => !equalBytes(root, merkleRootOf(eids)))).toBe(true);
    }
  });
});
