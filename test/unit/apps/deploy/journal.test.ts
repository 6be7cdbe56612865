import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DeploymentJournal, refuseUnasked } from '../../../../src/apps/deploy/journal.ts';
import { type DeploymentStart, startCodec } from '../../../../src/apps/deploy/settings.ts';
import { ascii } from '../../../../src/crypto/bytes.ts';
import { AppendLog } from '../../../../src/node/append-log.ts';
import { openDisk } from '../../../../src/system/disk.ts';
import { sampleStart } from './fake-l1.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'journal-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): DeploymentJournal<DeploymentStart> =>
  DeploymentJournal.open(openDisk({ folder }), startCodec);
const tx = (byte: number) => ({ raw: Uint8Array.of(2, byte), hash: new Uint8Array(32).fill(byte) });

describe('the journal of a deployment', () => {
  it('is empty before the beginning', () => {
    const journal = open();
    expect([journal.start, journal.sent('a'), journal.mined('a')]).toEqual([undefined, [], undefined]);
  });

  it('is read back as it was written', () => {
    const journal = open();
    const mined = { hash: tx(2).hash, block: 5n, gasUsed: 21_000n };
    journal.begin(sampleStart());
    journal.sending('a', tx(1));
    journal.sending('a', tx(2));
    journal.ended('a', mined);
    const again = open();
    expect(again.start).toEqual(sampleStart());
    expect(again.sent('a')).toEqual([tx(1), tx(2)]);
    expect(again.mined('a')).toEqual(mined);
    expect(again.mined('b')).toBeUndefined();
  });

  it('has lost only its last entry when that was torn', () => {
    const journal = open();
    journal.sending('a', tx(1));
    journal.sending('a', tx(2));
    const file = join(folder, 'deployment.log');
    writeFileSync(file, readFileSync(file).subarray(0, -3));
    expect(open().sent('a')).toEqual([tx(1)]);
  });

  it.each([
    '[]',
    '{"kind":"other"}',
    '{"kind":"sending","step":"a","raw":"zz","hash":"0x"}',
    '{"kind":"start"}',
  ])('does not read %s', (entry) => {
    const options = { path: 'deployment.log', kind: 'contracts/deployment', maxBodyBytes: 1_000 };
    AppendLog.open(openDisk({ folder }), options).log.append(ascii(entry));
    expect(open).toThrow(expect.objectContaining({ code: 'file-damaged' }));
  });
});

describe('a deployment that was not asked for', () => {
  it.each([
    ['over a record', false, true, false, 'refused'],
    ['over a record, though it is to go on', false, true, true, 'refused'],
    ['on from a journal', true, false, false, 'refused'],
    ['on from a journal beside a record', true, true, false, 'refused'],
    ['on from a journal when that is asked', true, true, true, 'done'],
    ['from the beginning', false, false, false, 'done'],
  ] as const)('%s: journal %s, record %s, resume %s: %s', (_, hasBegun, isThere, resume, outcome) => {
    const go = (): void => {
      const journal = { start: hasBegun ? sampleStart() : undefined };
      refuseUnasked(journal, { record: 'out.json', isThere, resume });
    };
    if (outcome === 'done') expect(go).not.toThrow();
    else expect(go).toThrow(expect.objectContaining({ code: 'would-overwrite' }));
  });

  it.each(['', 'records/'])('is refused for a record that would be no file: "%s"', (record) => {
    const go = (): void => refuseUnasked({ start: undefined }, { record, isThere: false, resume: false });
    expect(go).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
