import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import type { LogOwner } from '../../../../src/chain/log/entry.ts';
import { countersignHead, signHead } from '../../../../src/chain/log/head.ts';
import {
  type HeadRecord,
  HeadsReader,
  readableHead,
  writeHeads,
} from '../../../../src/chain/log/heads-file.ts';
import { events, filled, headOf, logOf, sampleOwner, seed } from './samples.ts';

const log = logOf(events.slice(1));
const witness = filled(8);

function recordOf(count: number, owner: LogOwner = sampleOwner, key = seed): HeadRecord {
  const head = headOf(log.slice(0, count), 9000 + count, owner);
  const countersignatures = [
    { ...countersignHead(witness, head, partyIndex(2)), identityPk: identityPublicKey(witness) },
  ];
  const signed = { head, signature: signHead(key, head) };
  return { owner: owner.owner, instance: owner.instance, signed, countersignatures };
}
const other: LogOwner = { ...sampleOwner, owner: identityPublicKey(witness), instance: filled(4, 16) };
const records = [recordOf(2), recordOf(5), recordOf(3, other, witness)];
const lines = [...writeHeads(sampleOwner, records)];

function read(of: readonly string[]): readonly HeadRecord[] {
  const reader = new HeadsReader('ada/heads.jsonl');
  const found = of.flatMap((line) => reader.read(line)?.record ?? []);
  expect(reader.finish()).toEqual(sampleOwner);
  expect(reader.keeper).toEqual(sampleOwner);
  return found;
}
function verdict(of: readonly string[]): string {
  try {
    read(of);
    return 'passes';
  } catch (error) {
    if (error instanceof InputError) return `${error.code} at ${error.path}`;
    throw error;
  }
}

describe('exported heads', () => {
  it('come back with their countersignatures, own ones and those of others', () => {
    expect(read(lines)).toEqual(records);
    expect(read([...writeHeads(sampleOwner, [])])).toEqual([]);
    expect(readableHead(recordOf(2))).toMatchObject({ size: 2, atMs: 9002, countersigned: [2] });
  });

  it('are refused for every character that is another, and the line is named', () => {
    const short = [...writeHeads(sampleOwner, [recordOf(2)])];
    short.forEach((line, i) => {
      for (let at = 0; at < line.length; at++) {
        const digit = line[at] === '0' ? '1' : '0';
        const changed = `${line.slice(0, at)}${digit}${line.slice(at + 1)}`;
        expect(verdict(short.with(i, changed))).toMatch(
          new RegExp(`^log-(form|name|root|signature) at ada/heads.jsonl line ${i + 1}$`),
        );
      }
    });
  });

  it('of a log that their owner does not have are refused', () => {
    const stranger = { ...recordOf(2), instance: filled(4, 16) };
    expect(verdict([...writeHeads(sampleOwner, [stranger])])).toBe('log-name at ada/heads.jsonl line 2');
  });

  it('that their owner did not sign are refused', () => {
    const forged = recordOf(2, sampleOwner, witness);
    expect(verdict([...writeHeads(sampleOwner, [forged])])).toBe('log-signature at ada/heads.jsonl line 2');
  });

  it('that a witness did not countersign are refused', () => {
    const { countersignatures, ...rest } = recordOf(2);
    const stolen = countersignatures.map((one) => ({ ...one, identityPk: sampleOwner.owner }));
    const refused = writeHeads(sampleOwner, [{ ...rest, countersignatures: stolen }]);
    expect(verdict([...refused])).toBe('log-signature at ada/heads.jsonl line 2');
  });

  it('are refused where one is missing, or the end is, or something stands behind it', () => {
    expect(verdict(lines.toSpliced(1, 1))).toBe('log-root at ada/heads.jsonl line 4');
    for (let count = 0; count < lines.length; count++)
      expect(verdict(lines.slice(0, count))).toBe(`log-truncated at ada/heads.jsonl line ${count + 1}`);
    expect(verdict([...lines, lines[1] ?? ''])).toBe('log-form at ada/heads.jsonl line 6');
    expect(verdict([lines[1] ?? ''])).toBe('log-form at ada/heads.jsonl line 1');
  });
});
