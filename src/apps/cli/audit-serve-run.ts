import { resolve } from 'node:path';

import { diskSource } from '../audit-files.ts';
import { builtPage, preparePage, serveAuditPage } from '../audit-page.ts';
import { result } from '../output.ts';
import type { Cli } from './context.ts';

/** Flags of `audit serve`. */
export interface AuditServeFlags {
  readonly listen: string;
}

/** Serves the page of the audit until it is stopped. */
export async function serveAudit(
  cli: Cli,
  folder: string | undefined,
  flags: AuditServeFlags,
): Promise<void> {
  const served = folder === undefined ? undefined : { name: folder, source: diskSource(resolve(folder)) };
  preparePage();
  const server = await serveAuditPage({ address: flags.listen, page: builtPage, served });
  const url = `http://${server.address}/`;
  const files = served?.source.list().length ?? 0;
  result(cli.output, { url, files }, [
    `${cli.output.paint('good', '✔')} the audit is at ${url}; Ctrl-C stops it`,
    ...(folder === undefined ? [] : [`  ${files} files of ${folder} can be picked there`]),
  ]);
  await new Promise<void>((stop) => {
    process.once('SIGINT', () => stop()).once('SIGTERM', () => stop());
  });
  await server.close();
}
