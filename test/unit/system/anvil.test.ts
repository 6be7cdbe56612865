import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { startAnvil } from '../../../src/system/anvil.ts';

const folder = mkdtempSync(join(tmpdir(), 'conclave-anvil-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that stands in for anvil and does what a script says. */
function standIn(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!${process.execPath}\n${script}\n`);
  chmodSync(path, 0o700);
  return path;
}
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('a development L1', () => {
  it('is ready when it says where it listens, on loopback and under the rules of Osaka', async () => {
    const said = join(folder, 'said.json');
    const script = `const flags = JSON.stringify(process.argv.slice(2));
      require('fs').writeFileSync(${JSON.stringify(said)}, flags);
      console.log('Listening on 127.0.0.1:4321'); setInterval(() => {}, 1000);`;
    const anvil = await startAnvil({ binary: standIn('good', script), chainId: 5n, flags: ['--silent'] });
    expect(anvil).toMatchObject({ url: 'http://127.0.0.1:4321', port: 4321 });
    await anvil.stop();
    const { default: flags } = (await import(said, { with: { type: 'json' } })) as { default: string[] };
    expect(flags.join(' ')).toBe('--host 127.0.0.1 --port 0 --hardfork osaka --chain-id 5 --silent');
  });

  it('whose port is taken is named as such', async () => {
    const script = "console.error('Error: Address already in use (os error 98)'); process.exit(1);";
    await expect(startAnvil({ binary: standIn('busy', script) })).rejects.toThrow(coded('port-in-use'));
  });

  it('that ends at once is told with its last words', async () => {
    const script = "console.error('no room at the inn'); process.exit(3);";
    const failed = startAnvil({ binary: standIn('dead', script) });
    await expect(failed).rejects.toThrow(coded('child-failed'));
    await expect(failed).rejects.toThrow('ended with code 3: no room at the inn');
  });

  it('that is not installed is named, with nothing left behind', async () => {
    await expect(startAnvil({ binary: join(folder, 'absent') })).rejects.toThrow(coded('binary-missing'));
  });
});
