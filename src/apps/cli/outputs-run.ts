import { stubEvidence } from '../../chain/dispute.ts';
import { to0x } from '../../crypto/bytes.ts';
import { bondCall } from '../../ethereum/output-calls.ts';
import { Challenger } from '../../services/outputs/challenger.ts';
import type { EvidenceOf, GameDeps } from '../../services/outputs/games.ts';
import { Proposer } from '../../services/outputs/proposer.ts';
import { commandLog } from '../bridge/command-log.ts';
import { type Tools, l1Of, l2Of, withTools } from '../bridge/open.ts';
import { outputsOn, ownChain } from '../bridge/outputs.ts';
import { inRounds } from '../bridge/rounds.ts';
import type { DeploymentRecord } from '../deploy/record.ts';
import { result } from '../output.ts';
import { allow, metisOf } from './bridge-l1-run.ts';
import {
  type BondFlags,
  type Cli,
  type OutputsFlags,
  type ProposeFlags,
  bigFlag,
  durationFlag,
} from './context.ts';
import { weiFlag } from './wei-flag.ts';

/** Brings METIS out of which bonds of the account are taken. */
export const depositBond = (cli: Cli, flags: BondFlags): Promise<void> =>
  withTools(flags, async ({ record, on }) => {
    const account = on(await l1Of(record, flags.l1));
    const [outputs, amount] = [record.at('Outputs'), weiFlag('--wei', flags.wei)];
    await allow(account, metisOf(record), { spender: outputs, amount });
    const { hash } = await account.send(bondCall(outputs, account.address, amount));
    const value = { hash: to0x(hash), account: account.address, wei: String(amount) };
    result(cli.output, value, [`${amount} wei of METIS back what ${account.address} claims: ${value.hash}`]);
  });

/** Claims what L2 is when an output is due. */
export const propose = (cli: Cli, flags: ProposeFlags): Promise<void> =>
  withTools(flags, async (tools) => {
    const { outputsEvery } = tools.record.start.settings.profile.rollup;
    const every = flags.blocks === undefined ? outputsEvery : bigFlag('--blocks', flags.blocks);
    await playing(cli, flags, new Proposer(await depsOf(cli, flags, tools), { every }));
  });

/** Disputes what is wrong. */
export const challenge = (cli: Cli, flags: OutputsFlags): Promise<void> =>
  withTools(flags, async (tools) => playing(cli, flags, new Challenger(await depsOf(cli, flags, tools))));

async function depsOf({ output }: Cli, flags: OutputsFlags, { record, on }: Tools): Promise<GameDeps> {
  const [l1, l2] = [await l1Of(record, flags.l1), await l2Of(record, flags.l2)];
  const places = {
    outputs: record.at('Outputs'),
    game: record.at('DisputeGame'),
    inbox: record.at('BatchInbox'),
  };
  return {
    ...{ l1: outputsOn(on(l1), places), own: await ownChain(l2) },
    ...{ evidenceOf: evidenceOf(record), log: commandLog(output) },
  };
}

/**
 * Where a deployment has the verifier that believes anybody, there is evidence of everything. Elsewhere the
 * members certify a step, which they do by themselves.
 */
function evidenceOf({ start, at }: DeploymentRecord): EvidenceOf {
  if (!start.settings.profile.game.hasStubVerifier) return () => Promise.resolve(undefined);
  return (step) => Promise.resolve({ verifier: at('StubValidity'), evidence: stubEvidence(step) });
}

async function playing(
  cli: Cli,
  flags: OutputsFlags,
  party: { readonly step: () => Promise<boolean> },
): Promise<void> {
  const everyMs = durationFlag('--every', flags.every);
  const log = commandLog(cli.output);
  const failed = ({ code, message }: { readonly code: string; readonly message: string }): void =>
    log.warn('round failed', { code, message });
  await inRounds({ isWatching: flags.watch === true, everyMs, failed }, async () => {
    const hasActed = await party.step();
    if (flags.watch !== true) result(cli.output, { hasActed }, [hasActed ? 'done' : 'nothing was due']);
  });
}
