import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { L2Genesis } from '../../src/ethereum/l2-genesis.ts';
import { type EngineOptions, createExecutor } from '../../src/services/engine/executor.ts';
import type { Executor } from '../../src/system/ports.ts';

/** The rules of the laboratory: blocks of any size, two seconds apart. */
export const labRollup: EngineOptions['rollup'] = { phase2Height: 0n, slotMs: 2_000 };

/** Runs something with an embedded engine, in a folder that goes afterwards. */
export async function withExecutor<T>(
  genesis: L2Genesis,
  use: (engine: Executor) => Promise<T>,
  rollup: EngineOptions['rollup'] = labRollup,
  calls?: EngineOptions['calls'],
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const engine = await createExecutor({
    folder: join(folder, 'engine'),
    genesis,
    rollup,
    ...(calls && { calls }),
  });
  try {
    return await use(engine);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true });
  }
}
