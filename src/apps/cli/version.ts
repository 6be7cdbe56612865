import { document } from '../output.ts';
import type { AddCommands } from './context.ts';

/** `conclave version` */
export const addVersion: AddCommands = (program, cli) => {
  program
    .command('version')
    .description('version, commit, protocol and file formats')
    .action(async () => {
      const { versionInfo } = await import('../version.ts');
      const info = versionInfo();
      const formats = Object.entries(info.formats).map(
        ([name, versions]) => `${name} ${versions.join(', ')}`,
      );
      document(cli().output, info, [
        `conclave ${info.version}${info.commit === undefined ? '' : ` (${info.commit})`}`,
        `protocol  ${info.protocol}`,
        `formats   ${formats.join('; ')}`,
        `node      ${info.node}`,
      ]);
    });
};
