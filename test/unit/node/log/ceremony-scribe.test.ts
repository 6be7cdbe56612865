import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { readDefinition } from '../../../../src/chain/definition-file.ts';
import { type LogEvent, noRecord } from '../../../../src/chain/log/entry.ts';
import { primitives } from '../../../../src/crypto/primitives.ts';
import { definitionHash } from '../../../../src/protocols/ceremony/definition.ts';
import { CeremonyScribe } from '../../../../src/node/log/ceremony-scribe.ts';
import type { LogSubject } from '../../../../src/node/log/signature-log.ts';
import { endedLocally } from '../../../../src/node/sessions/messages.ts';
import { sampleEvent } from '../../apps/fake-node.ts';
import { memoryDisk, named } from '../helpers.ts';

const planOf = (folder: string) =>
  readDefinition(readFileSync(`test/vectors/formats/${folder}/definition.json`), folder);
const [keygen, change] = [planOf('ceremony-1'), planOf('epoch-1')];

function made(plan = keygen, hasLog = true) {
  const disk = memoryDisk();
  const written: [LogEvent, LogSubject | undefined][] = [];
  const log = { ceremony: (event: LogEvent, subject?: LogSubject) => void written.push([event, subject]) };
  const scribe = new CeremonyScribe(plan, { disk, folder: 'c', log: () => (hasLog ? log : undefined) });
  return { scribe, disk, written };
}
const failed = (attempt: string) => ({
  ...sampleEvent(1, 'result', { ok: false, reason: 'rejected-by-peer' }),
  attempt,
});

describe('the entry of a ceremony', () => {
  it('is written when it ends before its session', () => {
    const { scribe, written } = made();
    scribe.heard(sampleEvent(0, 'proposed'));
    scribe.heard({ ...sampleEvent(1, 'result', { ok: true }), attempt: '0' });
    scribe.heard(failed('0'));
    expect(written).toMatchObject([
      [
        {
          ...{ kind: 'ceremony', what: 'keygen', outcome: 'aborted', reason: 'rejected-by-peer' },
          ...{ ceremony: definitionHash(keygen.definition), sid: new Uint8Array(32), record: noRecord },
        },
        { epochNo: 0, keyId: new Uint8Array(32) },
      ],
    ]);
  });

  it('is one, with the reason of the ceremony and the transcript of the session, when it had begun', () => {
    const { scribe, disk, written } = made(change);
    scribe.heard(failed('1'));
    expect(written).toEqual([]);
    disk.files.set('c/transcript.jsonl', named('transcript'));
    scribe.concluded(endedLocally('ceremony-ended'), named('sid'));
    const record = { path: 'c/transcript.jsonl', hash: primitives().sha256(named('transcript')) };
    const before = change.previous?.record;
    expect(written).toMatchObject([
      [
        { what: 'reshare', sid: named('sid'), outcome: 'aborted', reason: 'rejected-by-peer', record },
        { keyId: before?.keyId, epochNo: before?.epochNo },
      ],
    ]);
  });

  it('is not written where this node has no log', () => {
    const { scribe, written } = made(keygen, false);
    scribe.heard(failed('0'));
    expect(written).toEqual([]);
  });
});
