import { expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { Records } from '../../../src/node/records.ts';
import { endedLocally } from '../../../src/node/sessions/messages.ts';
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

it('evidence is kept where there is any, and a disk that refuses stops nothing', () => {
  const { disk, log, records } = made();
  const proven = { ...endedLocally('bad-proof'), evidence: Uint8Array.of(1) };
  records.evidence(named('session'), endedLocally('timed-out'));
  records.evidence(named('session'), proven);
  expect([...disk.files.keys()]).toEqual([
    `data/evidence/${toHex(named('session')).slice(0, 16)}-bad-proof.json`,
  ]);
  disk.fault = { code: 'disk-full', level: 'retry' };
  records.evidence(named('another'), proven);
  expect(log.lines).toMatchObject([{ event: 'record not written', fields: { reason: 'disk-full' } }]);
});

it('a session without a transcript is logged, and stops nothing', () => {
  const { disk, log, records } = made();
  const none = { spec: new Uint8Array(0), sid: undefined, broadcasts: [], notices: [] };
  records.presign(named('sid'), none, endedLocally('worker-died'));
  expect([disk.files.size, log.lines.length]).toEqual([0, 1]);
});
