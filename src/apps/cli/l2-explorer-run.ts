import { builtPage, preparePage } from '../audit-page.ts';
import { serveExplorerPage } from '../explorer-page.ts';
import { result } from '../output.ts';
import type { Cli } from './context.ts';

/** Flags of `l2 explorer`. */
export interface L2ExplorerFlags {
  readonly rpc: string;
  readonly l1?: string;
  readonly listen: string;
}

/** Serves the explorer until it is stopped. */
export async function serveExplorer({ output }: Cli, flags: L2ExplorerFlags): Promise<void> {
  const { rpc, l1, listen } = flags;
  preparePage();
  const server = await serveExplorerPage({ address: listen, page: builtPage, rpc, l1 });
  const origin = `http://${server.address}`;
  result(output, { url: `${origin}/`, bridge: `${origin}/bridge.html`, origin, rpc }, [
    `${output.paint('good', '✔')} the explorer is at ${origin}/; Ctrl-C stops it`,
    l1 === undefined
      ? '  the bridge is not on it: that needs --l1'
      : `  the bridge is at ${origin}/bridge.html, with L1 at ${l1}`,
    `  the node at ${rpc} must list ${origin} in rpc.origins of its l2.yaml`,
  ]);
  await new Promise<void>((stop) => {
    process.once('SIGINT', () => stop()).once('SIGTERM', () => stop());
  });
  await server.close();
}
