import { document, table } from '../output.ts';
import type { AddCommands } from './context.ts';
import { statusOf } from './status.ts';

/** `conclave guard` */
export const addGuard: AddCommands = (program, cli) => {
  const guard = program.command('guard').description('what keeps this node from signing twice');
  guard
    .command('show')
    .description('the highest number that was signed in each lane')
    .action(async () => {
      const { guard: lanes } = await statusOf(cli());
      document(
        cli().output,
        { lanes },
        table([['LANE', 'HIGHEST'], ...lanes.map(({ lane, highestRecorded }) => [lane, highestRecorded])]),
      );
    });
};
