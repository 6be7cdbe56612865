import { shortDuration } from '../../src/apps/duration.ts';
import { table } from '../../src/apps/output.ts';
import { OperationError } from '../../src/crypto/errors.ts';
import type { Line } from './children.ts';
import type { Screen } from './screen.ts';
import type { Story } from './story.ts';

/** Seconds between two blocks of L1 once the L2 runs. */
const L1_BLOCK_SECONDS = 1;

/** One round of users, from their wallets to L1 and back. */
export interface L2Round {
  readonly title: string;
  readonly transactions: number;
  /** When its last transaction came to each stage, by the clock of the sequencer. */
  readonly stagesMs: Partial<Readonly<Record<(typeof stages)[number], number>>>;
  readonly batch: Line;
  readonly softP50Ms: number;
}

/** The sequencer starts, and beside every signer a verifier of its own. */
export async function startL2(story: Story, screen: Screen): Promise<void> {
  const { rollup, anvil, members } = story;
  await screen.phase('A sequencer starts', async () => {
    await anvil?.rpc('evm_setIntervalMining', [L1_BLOCK_SECONDS]);
    const pid = await rollup.startSequencer(members.map(({ dataDir }) => dataDir));
    return [undefined, `${rollup.urlOf(0)}, pid ${pid}`];
  });
  await screen.phase('Every signer gets a verifier of its own', async ({ say }) => {
    for (const { index, name } of members) {
      await rollup.startVerifier(index);
      say(`${name} has one`);
    }
    return [undefined, `${members.length} processes execute every block again`];
  });
}

/** Users send, blocks come, the cluster signs what each of its verifiers has executed, L1 holds it. */
export async function usersSend(
  story: Story,
  screen: Screen,
  { title, transactions }: Pick<L2Round, 'title' | 'transactions'>,
): Promise<L2Round> {
  const { rollup } = story;
  const { hashes, softMs } = await screen.phase(title, async ({ say }) => {
    const sent = await rollup.traffic(transactions, say);
    const p50 = Math.round(sent.softMs[Math.floor(sent.softMs.length / 2)] ?? 0);
    return [sent, `${transactions} transactions in blocks, half of them within ${p50} ms`];
  });
  const last = hashes.at(-1) ?? '';
  const status = await screen.phase('  batched, signed by the cluster, on L1', async ({ say }) => {
    await rollup.reached(last, 'safe', { index: 0, say });
    const found = await rollup.reached(last, 'safe', { index: 1, say });
    return [found, `derived from L1 by the verifier of ${story.members[0]?.name ?? ''}`];
  });
  const batch = await rollup.batchOf(String(fieldIn(status['block'], 'number')));
  const own = await rollup.statusOf(last);
  const stagesMs = Object.fromEntries(
    stages.map((stage) => [stage, Number(fieldIn(own[stage], 'timeMs'))] as const),
  );
  screen.json({ type: 'round', title, transactions, status: own, batch });
  return { title, transactions, stagesMs, batch, softP50Ms: softMs[Math.floor(softMs.length / 2)] ?? 0 };
}

/** A process that has nothing but L1 makes the same chain. @throws OperationError child-failed */
export async function rebuild(story: Story, screen: Screen): Promise<Line> {
  return screen.phase('The whole L2, again, from L1 alone', async ({ say }) => {
    const derived = await story.rollup.derive(say);
    const number = `0x${BigInt(String(derived['number'])).toString(16)}`;
    const block = (await story.rollup.rpcOf(0)('eth_getBlockByNumber', [number, false])) as Line | null;
    if (block?.['hash'] !== derived['hash'])
      throw new OperationError(
        'child-failed',
        'fatal',
        `block ${number} differs: ${String(derived['hash'])}`,
      );
    return [
      derived,
      `block ${String(derived['number'])}, ${String(derived['hash']).slice(0, 10)}, as the sequencer has it`,
    ];
  });
}

const stages = ['soft', 'batched', 'signed', 'safe'] as const;

const fieldIn = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined;

/** A quantity of JSON-RPC in decimal digits. */
function decimalIn(value: unknown, key: string): string {
  const found = fieldIn(value, key);
  return typeof found === 'string' ? String(BigInt(found)) : '';
}

/** The rounds: how long the last transaction of each took to every stage, and where it is on L1. */
export function l2Table(rounds: readonly L2Round[], screen: Screen): readonly string[] {
  const times = ({ stagesMs }: L2Round): readonly string[] =>
    stages.slice(1).map((stage) => {
      const [from, to] = [stagesMs.soft, stagesMs[stage]];
      return from === undefined || to === undefined ? '' : `+ ${shortDuration(to - from)}`;
    });
  return [
    screen.paint(1, 'Users'),
    ...table([
      ['TXS', 'SOFT P50', 'BATCHED', 'SIGNED', 'DERIVED', 'BATCH', 'DATA', 'BLOCKS', 'BYTES'],
      ...rounds.map((round) => [
        ...[String(round.transactions), shortDuration(round.softP50Ms), ...times(round)],
        ...['index', 'da'].map((key) => decimalIn(round.batch, key)),
        `${decimalIn(round.batch, 'firstBlock')}-${decimalIn(round.batch, 'lastBlock')}`,
        decimalIn(round.batch, 'payloadSize'),
      ]),
    ]).map((line) => `  ${line}`),
    ...rounds.map(({ batch }) => `  ${String(batch['l1TransactionHash'])}`),
    '',
  ];
}
