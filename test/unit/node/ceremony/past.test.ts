import { describe, expect, it } from 'vitest';

import { ascii } from '../../../../src/crypto/bytes.ts';
import { pastCeremonies } from '../../../../src/node/ceremony/past.ts';
import { writeDefinition } from '../../../../src/chain/definition-file.ts';
import { signedDefinition } from '../../audit/support/folders.ts';
import { memoryDisk, memoryLog } from '../helpers.ts';

function past(events: string, more: Readonly<Record<string, string>> = {}) {
  const [disk, log] = [memoryDisk(), memoryLog()];
  disk.files.set('ceremonies/a/definition.json', writeDefinition(signedDefinition(3, 2)));
  disk.files.set('ceremonies/a/events.jsonl', ascii(events));
  for (const [name, text] of Object.entries(more)) disk.files.set(`ceremonies/${name}`, ascii(text));
  const found = pastCeremonies({ disk, log, nowMs: () => 1, folder: 'ceremonies', node: 'n' });
  return { found, disk, log, size: disk.files.get('ceremonies/a/events.jsonl')?.length };
}

describe('a ceremony of before the last start', () => {
  it('that was under way is aborted, and that is written behind its events', () => {
    const { found, size } = past('{"type":"round"}\n');
    expect(found).toMatchObject([{ hasKey: false, view: { state: 'aborted', name: 'test', required: 2 } }]);
    expect(size).toBeGreaterThan(100);
  });
  it.each(['rejected', 'aborted', 'timed-out', 'failed'])('that was %s is still that', (state) => {
    const text = `{"type":"result","ok":false,"state":"${state}"}\n`;
    const { found, size } = past(text);
    expect(found[0]?.view.state).toBe(state);
    expect(size).toBe(text.length);
  });
  it('whose certificate was held says where the lock may be', () => {
    const { found } = past('{"type":"certificate"}\n');
    expect(found[0]?.hasKey).toBe(true);
    expect(found[0]?.view.failure).toMatch(/The new epoch is active\. Next: copy lock\.json/);
  });
  it('that ended well is not among them, and nothing is written behind it: its lock was lost since', () => {
    const text = '{"type":"certificate"}\n{"type":"result","ok":true}\n';
    const { found, size } = past(text);
    expect(found).toEqual([]);
    expect(size).toBe(text.length);
  });
  it('comes before a later one, whatever the names of their folders', () => {
    const { definition } = signedDefinition(3, 2);
    const later = new TextDecoder().decode(
      writeDefinition({ definition: { ...definition, name: 'later', sequence: 2n }, signatures: [] }),
    );
    const { found } = past('{"type":"round"}\n', { 'A/definition.json': later });
    expect(found.map(({ view }) => view.name)).toEqual(['test', 'later']);
  });
  it('that has its lock is not among them, and a damaged one is logged', () => {
    expect(past('', { 'a/lock.json': 'x' }).found).toEqual([]);
    const { found, log } = past('', { 'b/definition.json': 'x' });
    expect(found).toHaveLength(1);
    expect(log.lines).toMatchObject([{ event: 'ceremony not readable', fields: { path: 'ceremonies/b' } }]);
  });
});
