import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import {
  bigFlag,
  collect,
  contextOf,
  durationFlag,
  numberFlag,
  urlFlag,
  usage,
} from '../../../../src/apps/cli/context.ts';

const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe('what every command works with', () => {
  it('is the data folder that is named, by itself or by its socket', () => {
    const here = realpathSync('.');
    expect(contextOf({ color: true }).dataDir).toBe(join(here, '.conclave'));
    expect(contextOf({ color: true, dataDir: 'a/b' }).dataDir).toBe(join(here, 'a/b'));
    expect(contextOf({ color: true, admin: 'a/run/admin.sock' }).dataDir).toBe(join(here, 'a'));
    expect(() => contextOf({ color: true, admin: 'a.sock' })).toThrow(code('usage'));
  });

  it('asks a node in the time that it was given, and needs a configuration that is there', async () => {
    const cli = contextOf({ color: true, dataDir: 'test/none', timeout: '1s' });
    await expect(cli.ask('status')).rejects.toThrow(code('no-node'));
    await expect(cli.config()).rejects.toThrow(code('config-invalid'));
    await expect(cli.password()).rejects.toThrow(code('password-missing'));
    expect(() => contextOf({ color: true, timeout: 'soon' })).toThrow(code('usage'));
  });

  it('reads flags strictly', () => {
    expect([numberFlag('--n', '7'), bigFlag('--n', '7'), durationFlag('--n', '7s')]).toEqual([7, 7n, 7_000]);
    expect(durationFlag('--n', '24d')).toBe(2_073_600_000);
    // A timer would take it for one millisecond.
    expect(() => durationFlag('--n', '25d')).toThrow(code('usage'));
    expect(collect('b', ['a'])).toEqual(['a', 'b']);
    for (const read of [numberFlag, bigFlag, durationFlag])
      for (const text of ['', '-1', '07', '1e3', 'x']) expect(() => read('--n', text)).toThrow(code('usage'));
    expect(urlFlag('--l1')('https://l1.example:8545/key')).toBe('https://l1.example:8545/key');
    for (const text of ['', 'foo', 'localhost:8545', 'ftp://l1.example', 'http://', 'http:// x'])
      expect(() => urlFlag('--l1')(text)).toThrow(code('usage'));
    expect(usage('--n', 'is wrong').path).toBe('--n');
  });
});
