import { latin1 } from '../../crypto/bytes.ts';
import { Witness } from '../../services/witness/service.ts';
import { catchingUp } from '../../system/engine-catch-up.ts';
import { connectEngine } from '../../system/engine-client.ts';
import { parseEngineSecret } from '../../system/engine-rpc.ts';
import { readUserFile } from '../user-file.ts';
import type { L2Base } from './base.ts';
import { fileIn } from './config.ts';

/** The secret is a line; nobody needs more. */
const MAX_SECRET_BYTES = 1_024;

/**
 * Begins to show all blocks to the second engine, where the settings name one. `differs` is called once,
 * when it finds another result. @throws InputError file-unreadable | bad-engine-secret
 */
export function startWitness(base: L2Base, differs: (why: string) => void): Witness | undefined {
  const { config, clock, log, driver, executor } = base;
  const { second_engine: named } = config.settings;
  if (named === undefined) return undefined;
  const file = fileIn(config, named.jwt_file);
  const secret = parseEngineSecret(latin1(readUserFile(file, MAX_SECRET_BYTES)), file);
  const access = { url: named.url, secret, name: named.url, genesis: config.rollup.genesis.hash };
  const witness = new Witness({
    connect: async (isWanted) => {
      const engine = await connectEngine(access, { clock });
      return catchingUp(engine, async (hash) => (await executor.block(hash))?.block, isWanted);
    },
    heads: () => {
      const { unsafe, safe, finalized } = driver.heads();
      return { unsafe: unsafe.hash, safe: safe.hash, finalized: finalized.hash };
    },
    fatal: (error) => {
      throw error;
    },
    ...{ executor, clock, log, differs },
  });
  driver.on((news) => {
    if (news.kind === 'heads') witness.follow();
  });
  witness.follow();
  return witness;
}
