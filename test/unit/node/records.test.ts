import { expect, it } from 'vitest';

import { noRecord } from '../../../src/chain/log/entry.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { Records } from '../../../src/node/records.ts';
import { endedLocally } from '../../../src/node/sessions/messages.ts';
import { type Evidence, encodeEvidence } from '../../../src/protocols/kernel/evidence.ts';
import { Runtimes, request } from '../../sim/runtimes.ts';
import { makeCeremony } from '../audit/support/folders.ts';
import { memoryDisk, memoryLog, named } from './helpers.ts';

const { lock } = makeCeremony(3, 2, 'records');
const made = () => {
  const [disk, log] = [memoryDisk(), memoryLog()];
  return { disk, log, records: new Records({ disk, log, folder: 'data', lock: () => lock }) };
};
const quorum = [1, 2, 3].map((j) => partyIndex(j));

it('each signature gets a folder of its own, also the same request at the same attempt', async () => {
  const nodes = new Runtimes();
  const { runtime, signed } = nodes.seat(1);
  for (let i = 0; i < 2; i++) {
    await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
    await nodes.clock.advance(3_000);
    await nodes.pump();
  }
  const { disk, log, records } = made();
  for (const one of signed) await records.sign(one, one.transcript);
  expect(log.lines).toEqual([]);
  expect([...disk.files.keys()].filter((path) => path.endsWith('/sign.jsonl'))).toHaveLength(2);
  const [first] = signed;
  if (first === undefined) throw new RangeError('nothing was signed');
  const folder = records.folderOf(first.requestId, first.attempt, first.info.presigId);
  for (const name of ['presign.jsonl', 'lock.json']) expect(disk.files.has(`${folder}/${name}`)).toBe(true);
  expect(log.lines).toEqual([]);
});

it('evidence is kept with its epoch and found again, and a disk that refuses stops nothing', async () => {
  const nodes = new Runtimes();
  const quorum = [1, 2, 3].map((i) => partyIndex(i));
  const { runtime, signed } = nodes.seat(1);
  await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
  await nodes.clock.advance(3_000);
  const { spec } = (await signed[0]?.transcript) ?? { spec: new Uint8Array(0) };
  const proof: Evidence = { kind: 'equivocation', accused: partyIndex(2), check: 'V4', envelopes: [] };
  const shown = { reason: 'equivocation', spec, evidence: encodeEvidence(proof) };
  const { disk, log, records } = made();
  records.evidence(shown, named('session'), nodes.key.record);
  const path = `data/evidence/${toHex(named('session')).slice(0, 16)}-equivocation-2.json`;
  expect([...disk.files.keys()]).toEqual([path]);
  expect(
    records.findEvidence({ session: named('session'), code: 'equivocation', member: partyIndex(2) }),
  ).toEqual(shown);
  expect(
    records.findEvidence({ session: named('other'), code: 'equivocation', member: partyIndex(2) }),
  ).toBeUndefined();
  disk.files.get(path)?.fill(0, 40, 60);
  expect(
    records.findEvidence({ session: named('session'), code: 'equivocation', member: partyIndex(2) }),
  ).toBeUndefined();
  disk.fault = { code: 'disk-full', level: 'retry' };
  records.evidence(shown, named('another'), nodes.key.record);
  expect(log.lines).toMatchObject([{ event: 'record not written', fields: { reason: 'disk-full' } }]);
});

it('evidence of the log is not gone on without, and what is there already is it', () => {
  const { disk, records } = made();
  disk.fault = { code: 'disk-full', level: 'retry' };
  const keep = () => records.ownEvidence('split.json', () => Uint8Array.of(1, 2));
  expect(keep).toThrow(expect.objectContaining({ code: 'disk-full' }));
  disk.fault = undefined;
  const kept = keep();
  expect(kept.path).toBe('data/evidence/split.json');
  expect(keep()).toEqual(kept);
});

it('a session without a transcript leaves no record, and no line that alarms anybody', async () => {
  const nodes = new Runtimes();
  const { runtime, signed } = nodes.seat(1);
  await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
  await nodes.clock.advance(3_000);
  const [one] = signed;
  if (one === undefined) throw new RangeError('nothing was signed');
  const { disk, log, records } = made();
  const none = { spec: new Uint8Array(0), sid: undefined, broadcasts: [], notices: [] };
  expect(records.presign(named('sid'), none, endedLocally('worker-died'))).toEqual(noRecord);
  const cutOff = { ...one, transcript: Promise.resolve(none) };
  expect(await records.sign(cutOff, one.transcript)).toEqual(noRecord);
  expect(await records.sign(one, Promise.resolve(none))).toEqual(noRecord);
  expect([disk.files.size, log.lines]).toEqual([0, []]);
});
