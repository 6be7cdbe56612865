import { describe, expect, it } from 'vitest';

import {
  type Failure,
  aboutDisk,
  failureLine,
  keepEvidence,
  keepReceipt,
  keepTranscript,
  tellFailure,
} from '../../../../src/node/ceremony/papers.ts';
import { endedLocally } from '../../../../src/node/sessions/messages.ts';
import type { Identity } from '../../../../src/node/identity.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { readEvidence } from '../../../../src/audit/evidence-file.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import { encodeEvidence } from '../../../../src/protocols/kernel/evidence.ts';
import { members, specFor } from '../../../sim/cluster.ts';
import { makeCeremony } from '../../audit/support/folders.ts';
import { memoryDisk, memoryLog, named } from '../helpers.ts';

const accused = { spec: specFor(members(3), { proto: protos.keygen, threshold: 2 }), record: undefined };
const evidence = encodeEvidence({
  ...{ kind: 'malformed', accused: partyIndex(2), check: 'V11', envelopes: [] },
});
const failure: Failure = {
  state: 'timed-out',
  before: 'executing',
  reason: 'peer-timeout',
  what: 'no message from node-3 in time',
  accused: [],
  isKept: false,
};
const desk = () => ({
  disk: memoryDisk(),
  folder: 'c',
  log: memoryLog(),
  identity: { name: 'amber', sign: () => new Uint8Array(64) } as unknown as Identity,
});

describe('the line of a failure', () => {
  it('says outcome, phase, what happened, what is on disk, what to do, and the code', () => {
    expect(failureLine(failure)).toBe(
      '✖ timed-out in executing: no message from node-3 in time. Nothing of the new key was kept. ' +
        'Next: propose again. [peer-timeout]',
    );
  });
  it('names whom to leave out', () => {
    expect(failureLine({ ...failure, accused: ['node-3'] })).toContain('Next: propose again without node-3.');
  });
  it('does not hide a pending share that is still there, or a key that exists', () => {
    expect(aboutDisk({ ...failure, isKept: true }).onDisk).toBe('A pending share was kept; it cannot sign');
    const exists = aboutDisk({ ...failure, before: 'checking' });
    expect(exists.onDisk).toBe('The new epoch is active');
    expect(exists.next).toMatch(/copy lock\.json from a member/);
  });
});

describe('papers', () => {
  it('of evidence can be read again, and there is none without a session or anything shown', () => {
    const one = desk();
    expect(keepEvidence(one, accused, 'bad-proof', evidence)).toBe(true);
    const [[path, bytes] = []] = [...one.disk.files];
    expect(path).toMatch(/^c\/evidence\/[0-9a-f]{8}-bad-proof\.json$/);
    expect(readEvidence(bytes ?? new Uint8Array(0), 'x').reason).toBe('bad-proof');
    expect(keepEvidence(one, { ...accused, spec: undefined }, 'b', evidence)).toBe(false);
    expect(keepEvidence(one, accused, 'c', undefined)).toBe(false);
  });
  it('of a failure stand behind the other events, and its line is the one that people read', () => {
    const told: unknown[] = [];
    const last = (...event: readonly unknown[]): void => void told.push(event);
    const text = tellFailure({ last }, 2, failure);
    expect(text).toMatch(/^✖ timed-out in executing: .*\[peer-timeout\]$/);
    expect(told).toMatchObject([
      [2, 'aborted', { accused: [], reason: 'peer-timeout', text, next: 'Next: propose again.' }],
      [2, 'result', { ok: false, state: 'timed-out', reason: 'peer-timeout', text }],
    ]);
  });
  it('that cannot be written are missing, and that is logged', () => {
    const one = desk();
    one.disk.fault = { code: 'disk-full', level: 'retry' };
    expect(keepEvidence(one, accused, 'bad-proof', evidence)).toBe(false);
    expect(one.log.lines).toMatchObject([{ level: 'error', fields: { reason: 'disk-full' } }]);
  });
  it('of a session whose thread died do not exist', () => {
    const one = desk();
    const none = { spec: new Uint8Array(0), sid: undefined, broadcasts: [], notices: [] };
    expect(keepTranscript(one, endedLocally('worker-died'), none)).toBe(false);
    expect(one.disk.files.size).toBe(0);
  });
  it('of a session that was resumed behind its end are there already', () => {
    const one = desk();
    one.disk.files.set('c/transcript.jsonl', named('first'));
    const again = { spec: named('spec'), sid: undefined, broadcasts: [], notices: [] };
    expect(keepTranscript(one, endedLocally('x'), again)).toBe(true);
    expect(one.disk.files.get('c/transcript.jsonl')).toEqual(named('first'));
  });
  it('of a receipt need the transcript beside them', () => {
    const { lock, files } = makeCeremony(3, 2, 'papers');
    const one = desk();
    expect(keepReceipt(one, lock, partyIndex(2))).toBe(false);
    one.disk.files.set('c/transcript.jsonl', files.get('transcript.jsonl') ?? new Uint8Array(0));
    expect(keepReceipt(one, lock, partyIndex(2))).toBe(true);
    expect(one.disk.files.has('c/receipt-amber.json')).toBe(true);
  });
});
