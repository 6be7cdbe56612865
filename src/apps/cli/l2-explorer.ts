import type { AddCommands } from './context.ts';
import type { L2ExplorerFlags } from './l2-explorer-run.ts';

/** `conclave l2 explorer` */
export const addL2Explorer: AddCommands = (l2, cli) => {
  l2.command('explorer')
    .requiredOption('--rpc <url>', 'JSON-RPC of a node of L2, as the browser reaches it')
    .option('--l1 <url>', 'JSON-RPC of L1, as the browser reaches it: for the bridge')
    .option('--listen <address>', 'where, on loopback', '127.0.0.1:8080')
    .description('blocks, transactions, batches and the bridge as a page in a browser, on this machine only')
    .action(async (flags: L2ExplorerFlags) => {
      const { serveExplorer } = await import('./l2-explorer-run.ts');
      await serveExplorer(cli(), flags);
    });
};
