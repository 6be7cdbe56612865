import { document, table } from '../output.ts';
import type { AddCommands } from './context.ts';
import { statusOf } from './status.ts';

/** `conclave presign` */
export const addPresign: AddCommands = (program, cli) => {
  const presign = program.command('presign').description('presignatures, which make signing quick');
  presign
    .command('status')
    .description('how many are ready, for each quorum')
    .action(async () => {
      const { presignatures } = await statusOf(cli());
      document(
        cli().output,
        { presignatures },
        table([
          ['SIGNERS', 'READY'],
          ...presignatures.map(({ signers, ready }) => [`{${signers.join(',')}}`, String(ready)]),
        ]),
      );
    });
};
