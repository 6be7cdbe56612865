import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { batchFileText } from '../../scripts/lib/batch-file-text.ts';
import { type Line, conclave } from '../../scripts/lib/children.ts';
import { Screen } from '../../scripts/lib/screen.ts';
import { Story } from '../../scripts/lib/story.ts';

// Four processes, real sockets, real disks, a real EVM node: what the demo shows, and what happens when nodes
// die.

let story: Story;
let folder: string;
let batches = 0;

/** A file with a batch of its own. */
function batchFile(): string {
  batches += 1;
  const path = join(folder, `e2e-${batches}.txt`);
  const plan = { seed: `e2e-${batches}`, l2ChainId: 71_001n, accounts: 3, transactions: 6 };
  writeFileSync(path, batchFileText(plan));
  return path;
}

const dirOf = (index: number): string => story.members[index - 1]?.dataDir ?? '';

/** `sign batch --submit` at one node; gives the last line, whatever the exit, and the time it took. */
async function submit(
  at: number,
  ...flags: readonly string[]
): Promise<{ readonly line: Line; readonly ms: number }> {
  const started = performance.now();
  const args = ['--data-dir', dirOf(at), 'sign', 'batch', '--file', batchFile(), '--submit', ...flags];
  const line = await conclave(args, () => undefined, [0, 4, 5, 6]);
  return { line, ms: performance.now() - started };
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cluster-')));
  story = new Story(folder, new Screen(true));
  await story.startL1();
  await story.makeNodes();
  await story.makeKey();
  await story.register();
}, 240_000);

afterAll(async () => {
  await story.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('four signer processes', () => {
  it.each([['1,2,3'], ['1,2,4'], ['1,3,4'], ['2,3,4']])(
    'sign and submit with the quorum %s',
    async (signers) => {
      const { line } = await submit(Number(signers[0]), '--signers', signers);
      expect(line).toMatchObject({ type: 'result', from: story.address });
      expect(String(line['signers'])).toBe(signers);
    },
    120_000,
  );

  it('refuse another content for an index that is signed', async () => {
    // The second has signed index 4; the first learns of it from L1 only, a moment later.
    const { line } = await submit(2, '--index', '4');
    expect(line).toMatchObject({ type: 'error' });
    expect(['guard-conflict', 'below-watermark', 'nonce-mismatch', 'gap-too-large']).toContain(line['code']);
  }, 120_000);

  it('go on with one of them dead, say no in time with two, and sign again after a restart', async () => {
    await story.killNode(4);
    const alone = await submit(1);
    expect(alone.line).toMatchObject({ type: 'result', from: story.address });
    await story.killNode(3);
    const refused = await submit(1);
    expect(refused.line).toMatchObject({ type: 'error', code: 'quorum-unavailable' });
    expect(refused.ms).toBeLessThan(30_000);
    await story.restartNode(3);
    const again = await submit(3);
    expect(again.line).toMatchObject({ type: 'result', from: story.address });
  }, 240_000);

  it('leave folders from which every check of the audit passes, also on the dead one', async () => {
    await story.audit();
  }, 120_000);
});
