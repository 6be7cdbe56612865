import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createExecutor } from '../../src/services/engine/executor.ts';
import { labRollup } from '../corpus/with-executor.ts';
import { engineSuite } from './engine-suite.ts';

engineSuite('embedded', async (genesis) => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const engine = await createExecutor({ folder, genesis, rollup: labRollup });
  return {
    engine,
    close: async () => {
      await engine.close();
      rmSync(folder, { recursive: true });
    },
  };
});
