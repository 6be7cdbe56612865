import type { AddCommands } from './context.ts';
import { addL2Derive } from './l2-derive.ts';
import { addL2Explorer } from './l2-explorer.ts';

/** `conclave l2` */
export const addL2: AddCommands = (program, cli) => {
  const l2 = program.command('l2').description('follow the L2, and rebuild it from L1');
  addL2Derive(l2, cli);
  addL2Explorer(l2, cli);
};
