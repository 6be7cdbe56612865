import { Option } from 'commander';

import { type AddCommands, collect } from './context.ts';
import { type ProposeFlags, withChangeFlags, withPlanFlags } from './propose-flags.ts';

interface VerifyFlags {
  readonly expectAddress?: string;
  readonly expectLock?: string;
  readonly expectRequired?: string;
}

const KINDS = ['keygen', 'refresh', 'reshare', 'repair'];
const ID = 'id of the ceremony, its beginning, or "latest"';

/** `conclave ceremony` */
export const addCeremony: AddCommands = (program, cli) => {
  const ceremony = program.command('ceremony').description('make a key together, or change who holds it');
  const propose = ceremony
    .command('propose')
    .description('write the definition of a ceremony; nothing is sent')
    .addOption(new Option('--kind <kind>', 'what the ceremony does').choices(KINDS).default('keygen'))
    .option('--member <line>', 'keygen: invitation line, in the order of indices; repeat it', collect)
    .option('--purpose <purpose>', 'keygen: what the key is for (default: batch)');
  withChangeFlags(withPlanFlags(propose)).action(async (flags: ProposeFlags) =>
    (await import('./ceremony-files.ts')).propose(cli(), flags),
  );
  ceremony
    .command('verify')
    .argument('<dir>', 'folder of the ceremony')
    .description('check a ceremony from its files alone, against what you expect')
    .option('--expect-address <address>', 'the address that the key should have')
    .option('--expect-lock <hash>', 'the hash that the lock should have')
    .option('--expect-required <t>', 'how many should sign')
    .action(async (folder: string, flags: VerifyFlags) => {
      const { verifyFolder } = await import('./audit-run.ts');
      await verifyFolder(cli(), folder, flags);
    });
  addOnline(ceremony, cli);
};

/** Commands that ask the running node. */
const addOnline: AddCommands = (ceremony, cli) => {
  ceremony
    .command('join')
    .argument('<file>', 'definition.json, as the proposer sent it')
    .description('hand a definition to the node; nothing is signed yet')
    .action(async (file: string) => (await import('./ceremony-run.ts')).join(cli(), file));
  ceremony
    .command('accept')
    .argument('[id]', ID, 'latest')
    .description('run the pre-flight, sign the definition, connect to the others')
    .action(async (id: string) => (await import('./ceremony-run.ts')).accept(cli(), id));
  ceremony
    .command('reject')
    .argument('[id]', ID, 'latest')
    .option('--why <text>', 'the reason, for the others', 'rejected by its operator')
    .description('say no, and tell the others')
    .action(async (id: string, { why }: { readonly why: string }) =>
      (await import('./ceremony-run.ts')).reject(cli(), id, why),
    );
  ceremony
    .command('execute')
    .argument('[id]', ID, 'latest')
    .option('--when-ready', 'start as soon as everybody has signed and is connected')
    .option('--watch', 'and watch it')
    .description('start an attempt; for the proposer')
    .action(async (id: string, flags: { readonly whenReady?: boolean; readonly watch?: boolean }) => {
      const { execute, watch } = await import('./ceremony-run.ts');
      await execute(cli(), id, flags.whenReady === true);
      if (flags.watch === true) await watch(cli(), id);
    });
  ceremony
    .command('abort')
    .argument('[id]', ID, 'latest')
    .description('end the running attempt on all nodes')
    .action(async (id: string) => (await import('./ceremony-run.ts')).abort(cli(), id));
  ceremony
    .command('status')
    .argument('[id]', ID, 'latest')
    .description('where a ceremony stands on this node')
    .action(async (id: string) => (await import('./ceremony-run.ts')).status(cli(), id));
  ceremony
    .command('list')
    .description('ceremonies of this node')
    .action(async () => (await import('./ceremony-run.ts')).list(cli()));
  ceremony
    .command('watch')
    .argument('[id]', ID, 'latest')
    .description('watch a ceremony until it is over; leaving changes nothing')
    .action(async (id: string) => (await import('./ceremony-run.ts')).watch(cli(), id));
};
