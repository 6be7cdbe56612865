import { describe, expect, it } from 'vitest';

import { ascii, latin1 } from '../../../../src/crypto/bytes.ts';
import { EntryStore, SEGMENT_ENTRIES, logDamaged } from '../../../../src/node/log/entry-store.ts';
import { encodeLog } from '../../../../src/node/append-log.ts';
import { type MemoryDisk, memoryDisk } from '../helpers.ts';

function seen(disk: MemoryDisk): { readonly store: EntryStore; readonly bodies: string[] } {
  const bodies: string[] = [];
  const store = EntryStore.open(disk, 'log', (body) => bodies.push(latin1(body)));
  return { store, bodies };
}
const text = (i: number): Uint8Array => ascii(`entry ${i}`);
const full = Array.from({ length: SEGMENT_ENTRIES }, (_, i) => text(i));

describe('the store of entries', () => {
  it('begins another file when one is full, and reads on in it', () => {
    const disk = memoryDisk();
    disk.files.set('log/000001.log', encodeLog('signature-log', full));
    const { store } = seen(disk);
    store.append(text(SEGMENT_ENTRIES));
    store.append(text(SEGMENT_ENTRIES + 1));
    expect([...disk.files.keys()]).toEqual(['log/000001.log', 'log/000002.log']);
    const again = seen(disk);
    expect(again.store.count).toBe(SEGMENT_ENTRIES + 2);
    expect(again.bodies.at(-1)).toBe(`entry ${SEGMENT_ENTRIES + 1}`);
    const page = [...again.store.read(SEGMENT_ENTRIES - 1, SEGMENT_ENTRIES + 9)].map(latin1);
    expect(page).toEqual([0, 1, 2].map((i) => `entry ${SEGMENT_ENTRIES - 1 + i}`));
  });

  it('refuses a file that is missing or short in the middle', () => {
    const disk = memoryDisk();
    disk.files.set('log/000002.log', encodeLog('signature-log', full.slice(0, 2)));
    expect(() => seen(disk)).toThrow(expect.objectContaining({ code: 'log-damaged' }));
    disk.files.set('log/000001.log', encodeLog('signature-log', full.slice(0, -1)));
    expect(() => seen(disk)).toThrow(expect.objectContaining({ code: 'log-damaged' }));
    disk.files.set('log/000001.log', encodeLog('signature-log', full));
    expect(seen(disk).store.count).toBe(SEGMENT_ENTRIES + 2);
  });

  it('refuses a file of another kind, and one that changed while the node ran', () => {
    const disk = memoryDisk();
    disk.files.set('log/000001.log', encodeLog('sign-guard', full));
    expect(() => seen(disk)).toThrow(expect.objectContaining({ code: 'log-damaged' }));
    disk.files.set('log/000001.log', encodeLog('signature-log', full.slice(0, 3)));
    const { store } = seen(disk);
    disk.files.set('log/000001.log', encodeLog('signature-log', full.slice(0, 1)));
    expect(() => [...store.read(2, 3)]).toThrow(expect.objectContaining({ code: 'log-damaged' }));
  });

  it('says which command helps', () => {
    expect(logDamaged('log/000001.log', 'it is gone').message).toContain('conclave audit begin-anew');
  });
});
