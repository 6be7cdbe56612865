import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { checkChain, readRecord } from '../../../../src/apps/deploy/record.ts';
import { startToJson } from '../../../../src/apps/deploy/settings.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../../../src/crypto/json-file.ts';
import { planDeployment } from '../../../../src/ethereum/deployment-plan.ts';
import { FakeL1, sampleStart } from './fake-l1.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'record-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const address = `0x${'12'.repeat(20)}`;
const written = (value: object): string => {
  const path = join(folder, 'd.json');
  writeFileSync(path, writeJsonFile(value));
  return path;
};
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('the record of a deployment', () => {
  it('says how it began and where everything is', () => {
    const { code } = planDeployment(sampleStart().settings);
    const registry = code.find(({ name }) => name === 'KeyRegistry')?.at;
    const addresses = { KeyRegistry: registry, Bridge: 7 };
    const { start, at } = readRecord(written({ start: startToJson(sampleStart()), addresses }));
    expect(start).toEqual(sampleStart());
    expect(at('KeyRegistry')).toBe(registry);
    expect(() => at('Outputs')).toThrow(coded('file-damaged'));
    expect(() => at('Bridge')).toThrow(coded('file-damaged'));
    const nowhere = { start: startToJson(sampleStart()), addresses: { Bridge: 'nowhere' } };
    expect(() => readRecord(written(nowhere))).toThrow(coded('bad-account'));
  });

  it('names its first transaction, by which L1 knows when it began', () => {
    const start = { start: startToJson(sampleStart()), addresses: {} };
    const hash = `0x${'ab'.repeat(32)}`;
    const whole = written({ ...start, transactions: [{ step: 'MetisToken', hash }, { step: 'Timelock' }] });
    expect(to0x(readRecord(whole).firstHash())).toBe(hash);
    for (const transactions of [[], [{ step: 'MetisToken' }], [{ hash: '0xab' }], 7])
      expect(() => readRecord(written({ ...start, transactions })).firstHash()).toThrow(
        coded('file-damaged'),
      );
  });

  it('of this build is not believed about another place, one of another build is', () => {
    const addresses = { KeyRegistry: address };
    const own = { start: startToJson(sampleStart()), addresses };
    expect(() => readRecord(written(own))).toThrow(coded('file-damaged'));
    const older = { ...sampleStart(), plan: new Uint8Array(32).fill(1) };
    expect(readRecord(written({ start: startToJson(older), addresses })).at('KeyRegistry')).toBe(address);
  });

  it('is not read from another file', () => {
    expect(() => readRecord(written({ addresses: {} }))).toThrow(coded('file-damaged'));
    expect(() => readRecord(written({ start: startToJson(sampleStart()) }))).toThrow(coded('file-damaged'));
  });

  it('is of one chain, told by its id and its first block', async () => {
    const l1 = new FakeL1();
    await checkChain(sampleStart(), l1.port());
    l1.genesis = new Uint8Array(32);
    await expect(checkChain(sampleStart(), l1.port())).rejects.toEqual(coded('wrong-chain'));
    const other = new FakeL1();
    other.chainId = 1n;
    await expect(checkChain(sampleStart(), other.port())).rejects.toEqual(coded('wrong-chain'));
  });
});
