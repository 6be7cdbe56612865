import { describe, expect, it } from 'vitest';

import { InputError } from '../../../../src/crypto/errors.ts';
import type { TreeHead } from '../../../../src/chain/log/head.ts';
import { type SignedHead, signHead, signProof } from '../../../../src/chain/log/head.ts';
import { consistencyProof, leafHash } from '../../../../src/chain/log/merkle.ts';
import { encodeLogEntry } from '../../../../src/chain/log/entry.ts';
import { type SplitView, readSplitView, writeSplitView } from '../../../../src/chain/log/split-view.ts';
import { events, filled, headOf, logOf, sampleOwner, seed } from './samples.ts';

const [log, forked] = [logOf(events.slice(1)), logOf(events.slice(1).toReversed())];
const signed = (head: TreeHead): SignedHead => ({ head, signature: signHead(seed, head) });
const [a, b] = [signed(headOf(log, 5000)), signed(headOf(forked, 6000))];
const view: SplitView = { ...sampleOwner, a, b, proof: undefined };
const small = signed(headOf(log.slice(0, 3), 4000));
const hashes = consistencyProof(
  forked.map((entry) => leafHash(encodeLogEntry(entry))),
  3,
);
const proven: SplitView = { ...view, a: small, proof: signProof(seed, small.head, b.head, hashes) };

function verdict(bytes: Uint8Array): string {
  try {
    readSplitView(bytes, 'evidence.json');
    return 'convicts';
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
}

describe('evidence of a split view', () => {
  it('convicts by itself, and comes back as it was', () => {
    for (const one of [view, proven])
      expect(readSplitView(writeSplitView(one), 'evidence.json')).toEqual(one);
  });

  it('convicts nobody with a single byte changed', () => {
    for (const one of [view, proven]) {
      const bytes = writeSplitView(one);
      for (let at = 0; at < bytes.length; at++) {
        const other = bytes[at] === 0x30 ? 0x31 : 0x30;
        expect(verdict(bytes.with(at, other))).not.toBe('convicts');
      }
    }
  });

  it('convicts nobody by heads that agree, or of another log', () => {
    expect(verdict(writeSplitView({ ...view, b: a }))).toBe('log-signature');
    expect(verdict(writeSplitView({ ...proven, proof: undefined }))).toBe('log-signature');
    expect(verdict(writeSplitView({ ...view, cluster: filled(1) }))).toBe('log-name');
    expect(verdict(writeSplitView({ ...view, instance: filled(1, 16) }))).toBe('log-name');
  });
});
