import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import { auditFolder } from '../../src/audit/audit.ts';
import { brotli } from '../../src/system/compression.ts';

// Folders as the first release of these formats wrote them; data/audit/README.md says what each of them is.
const root = fileURLToPath(new URL('./data/audit/', import.meta.url));

const filesUnder = (folder: string): ReadonlyMap<string, Uint8Array> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = `${entry.parentPath}/${entry.name}`;
        return [path.slice(folder.length + 1), new Uint8Array(readFileSync(path))];
      }),
  );

const passing = filesUnder(`${root}pass/signature`);

/** The passing files, with those of the failing set in their places; a set of two stands beside them. */
function failing(item: string): ReadonlyMap<string, Uint8Array> {
  const changed = filesUnder(`${root}fail/${item}`);
  const isPair = [...changed.keys()].some((name) => name.startsWith('second/'));
  if (!isPair) return new Map([...passing, ...changed]);
  const [first, second] = ['first', 'second'].map((folder) =>
    [...passing].map(([name, bytes]) => [`${folder}/${name}`, bytes] as const),
  );
  return new Map([...(first ?? []), ...(second ?? []), ...changed]);
}

describe('folders on record', () => {
  test.each(['ceremony', 'signature'])('of a good %s pass', async (kind) => {
    const { reports, ok } = await auditFolder(filesUnder(`${root}pass/${kind}`), {}, { compressor: brotli });
    expect(reports.map(({ subject }) => subject.kind)).toEqual([kind]);
    expect(ok).toBe(true);
  });

  test.each(readdirSync(`${root}fail`))('that break %s fail by it', async (item) => {
    const { reports } = await auditFolder(failing(item), {}, { compressor: brotli });
    const broken = reports.flatMap(({ checks }) => checks.filter(({ verdict }) => verdict === 'fail'));
    expect(broken.map(({ id }) => id)).toContain(item);
  });

  test('break every item of the list', () => {
    expect(readdirSync(`${root}fail`)).toEqual(
      expect.arrayContaining(['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'A9']),
    );
  });
});
