import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { toHex } from '../../../../src/crypto/bytes.ts';
import { createExecutor } from '../../../../src/services/engine/executor.ts';
import type { Executor } from '../../../../src/system/ports.ts';
import { built, labAccounts, labGenesis, labRequest, labTx } from '../../../corpus/lab.ts';
import { labRollup } from '../../../corpus/with-executor.ts';

const accounts = labAccounts(3);
const genesis = labGenesis(accounts);
const root = mkdtempSync(join(tmpdir(), 'engine-'));
const good = join(root, 'good');
const open = (folder: string): Promise<Executor> =>
  createExecutor({ folder, files: readdirSync(folder), genesis, rollup: labRollup });
const coded = (code: string): unknown => expect.objectContaining({ code, level: 'fatal' });
let head = '';
let copies = 0;
/** A copy of the good folder with something done to it. */
function damaged(change: (folder: string, files: readonly string[]) => void): string {
  const folder = join(root, `copy-${copies++}`);
  cpSync(good, folder, { recursive: true });
  change(folder, readdirSync(folder));
  return folder;
}

beforeAll(async () => {
  const engine = await createExecutor({ folder: good, genesis, rollup: labRollup });
  let parent = (await engine.block(0n))!;
  for (let nonce = 0n; nonce < 5n; nonce++) {
    const raws = accounts.map((account) => labTx(account, nonce, accounts[0]!.address));
    parent = built(await engine.build(labRequest(parent, raws)));
    const { hash } = parent.block;
    await engine.setHeads({ unsafe: hash, safe: hash, finalized: hash });
  }
  head = toHex(parent.block.hash);
  await engine.close();
  // Everything that was in the log of LevelDB goes into a table now.
  await (await open(good)).close();
});
afterAll(() => rmSync(root, { recursive: true }));

describe('the folder of an engine', () => {
  it('opens as it was left', async () => {
    const engine = await open(damaged(() => undefined));
    expect(toHex((await engine.heads()).unsafe)).toBe(head);
    await engine.close();
  });
  it('belongs to one process at a time', async () => {
    const folder = damaged(() => undefined);
    const engine = await open(folder);
    await expect(open(folder)).rejects.toThrow(coded('engine-busy'));
    await engine.close();
  });
  it('belongs to one chain', async () => {
    const folder = damaged(() => undefined);
    const other = { ...genesis, timestamp: genesis.timestamp + 1n };
    await expect(createExecutor({ folder, genesis: other, rollup: labRollup })).rejects.toThrow(
      coded('engine-other-chain'),
    );
  });
  it('takes nothing behind a write that failed, until it is opened again', async () => {
    const folder = damaged(() => undefined);
    const failed = vi.fn();
    const engine = await createExecutor({ folder, genesis, rollup: labRollup, failed });
    const parent = (await engine.block(5n))!;
    const request = labRequest(parent, [labTx(accounts[1]!, 5n, accounts[0]!.address)]);
    const full = vi.spyOn(ClassicLevel.prototype, 'batch').mockImplementationOnce(() => {
      throw new Error('No space left on device');
    });
    await expect(engine.build(request)).rejects.toThrow(coded('engine-write-failed'));
    await expect(engine.build(request)).rejects.toThrow('No space left on device');
    full.mockRestore();
    await expect(engine.build(request)).rejects.toThrow(coded('engine-write-failed'));
    expect(failed).toHaveBeenCalledOnce();
    expect(failed).toHaveBeenCalledWith(coded('engine-write-failed'));
    await engine.close();
    const again = await open(folder);
    expect(toHex((await again.heads()).unsafe)).toBe(head);
    expect((await again.build(request)).kind).toBe('built');
    await again.close();
  });
  it('is not taken for a new one when it has lost files', async () => {
    const lost = (pattern: RegExp): string =>
      damaged((folder, files) => {
        const found = files.filter((name) => pattern.test(name));
        expect(found.length).toBeGreaterThan(0);
        for (const name of found) rmSync(join(folder, name));
      });
    for (const pattern of [/^CURRENT$/, /^MANIFEST/, /[.]ldb$/])
      await expect(open(lost(pattern))).rejects.toThrow(coded('engine-damaged'));
  });
  it('says so when its files are cut or changed', async () => {
    const cut = damaged((folder, files) => {
      for (const name of files.filter((one) => one.endsWith('.ldb'))) truncateSync(join(folder, name), 100);
    });
    await expect(open(cut)).rejects.toThrow(coded('engine-damaged'));
    const empty = damaged((folder) => writeFileSync(join(folder, 'CURRENT'), ''));
    await expect(open(empty)).rejects.toThrow(coded('engine-damaged'));
    const mixed = damaged((folder, files) => {
      const [table] = files.filter((one) => one.endsWith('.ldb'));
      copyFileSync(join(folder, 'CURRENT'), join(folder, 'spare'));
      const bytes = readFileSync(join(folder, table!));
      writeFileSync(
        join(folder, table!),
        bytes.map((byte, i) => (i % 7 === 0 ? byte ^ 0x55 : byte)),
      );
    });
    await expect(open(mixed)).rejects.toThrow(coded('engine-damaged'));
  });
  it('names no heads but those that were told, when the last write was torn', async () => {
    const folder = damaged(() => undefined);
    const engine = await open(folder);
    const before = await engine.heads();
    const block = built(await engine.build(labRequest((await engine.block(before.unsafe))!, [])));
    await engine.setHeads({ ...before, unsafe: block.block.hash });
    await engine.close();
    const [log] = readdirSync(folder).filter((name) => name.endsWith('.log'));
    truncateSync(join(folder, log!), readFileSync(join(folder, log!)).length - 3);
    const again = await open(folder);
    expect(await again.heads()).toEqual(before);
    // The block itself came before, whole.
    expect((await again.block(block.block.hash))?.block).toEqual(block.block);
    await again.close();
  });
});
