import { commandLog } from '../bridge/command-log.ts';
import { keeperPorts } from '../bridge/keeper.ts';
import { l1Of, l2Of, withTools } from '../bridge/open.ts';
import { inRounds } from '../bridge/rounds.ts';
import type { OperationError } from '../../crypto/errors.ts';
import { relayRound } from '../../services/keeper/service.ts';
import { result } from '../output.ts';
import { type Cli, type RelayFlags, durationFlag } from './context.ts';

/** Delivers on L2 what L1 sent there. */
export const relay = (cli: Cli, flags: RelayFlags): Promise<void> =>
  withTools(flags, async ({ record, on }) => {
    const [l1, l2] = [await l1Of(record, flags.l1), await l2Of(record, flags.l2)];
    const first = await l1.transaction(record.firstHash());
    const source = { l1, bridge: record.at('Bridge'), from: first?.block ?? 0n };
    const ports = keeperPorts(source, on(l2));
    const everyMs = durationFlag('--every', flags.every);
    const log = commandLog(cli.output);
    const failed = ({ code, message }: OperationError): void => log.warn('round failed', { code, message });
    await inRounds({ isWatching: flags.watch === true, everyMs, failed }, async () => {
      const { relayed, refused } = await relayRound(ports, log);
      if (flags.watch === true && relayed.length === 0) return;
      result(cli.output, { relayed, refused }, [
        `delivered: ${relayed.length === 0 ? 'nothing' : relayed.join(', ')}`,
        ...(refused.length === 0 ? [] : [`refused by their targets: ${refused.join(', ')}`]),
      ]);
    });
  });
