import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { leavesOf } from '../../src/crypto/codec.ts';
import { claims, frame, registry } from './registry.ts';

const protocols = fileURLToPath(new URL('../../src/protocols/', import.meta.url));

/** Files that define bytes of messages: those of this name, and those of the kernel that a claim names. */
const files = readdirSync(protocols, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('/messages.ts') || path in claims || /^kernel\/.*\.ts$/.test(path));

/** Numbers by which functions that make codecs are called: a threshold, or a batch. */
const SIZE = 2;

const isCodec = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'schema' in value && 'write' in value && 'read' in value;
const isRound = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'broadcast' in value && 'direct' in value && 'name' in value;

/** Whether an export is a codec, a round, or a function that makes one from a size. */
function describesMessages(file: string, name: string, value: unknown): boolean {
  if (isCodec(value) || isRound(value)) return true;
  const isMaker = name.endsWith('Codec') || (file.endsWith('/messages.ts') && name.endsWith('Round'));
  if (typeof value !== 'function' || !isMaker) return false;
  const made: unknown = (value as (size: number) => unknown)(SIZE);
  return isCodec(made) || isRound(made);
}

describe('the register of messages', () => {
  it.each(files)('names every codec and every round of %s', async (file) => {
    const module = (await import(`${protocols}${file}`)) as Record<string, unknown>;
    const found = Object.keys(module).filter((name) => describesMessages(file, name, module[name]));
    expect(found.sort()).toEqual(Object.keys(claims[file] ?? {}).sort());
  });

  it('claims nothing that is not there', () => {
    expect(Object.keys(claims).filter((file) => !files.includes(file))).toEqual([]);
    expect(files.length).toBeGreaterThan(5);
  });

  it('has every round that a claim names, and no other', () => {
    const claimed = Object.values(claims)
      .flatMap((names) => Object.values(names))
      .flatMap((claim) => (claim.startsWith('round ') ? [claim.slice(6)] : []));
    const size = { threshold: SIZE, batch: 1 };
    const registered = Object.values(registry).flatMap((rounds) => rounds(size).map(({ name }) => name));
    expect([...new Set(registered)].sort()).toEqual([...new Set(claimed)].sort());
  });

  it('describes messages down to their leaves', () => {
    const size = { threshold: SIZE, batch: 1 };
    const rounds = Object.values(registry).flatMap((make) => make(size));
    const schemas = [frame.header, ...rounds.flatMap(({ broadcast, direct }) => [broadcast, direct])];
    const kinds = schemas.flatMap((schema) =>
      schema === undefined ? [] : leavesOf(schema, new Uint8Array(100_000)).map((leaf) => leaf.schema.kind),
    );
    expect(new Set(kinds)).toEqual(new Set(['bytes', 'point', 'scalar', 'group-point', 'integer']));
  });
});
