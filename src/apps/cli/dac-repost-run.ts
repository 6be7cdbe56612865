import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { maxBlockPayload } from '../../chain/block-batch.ts';
import { to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { METIS } from '../../ethereum/bridge-calls.ts';
import { repostCall } from '../../ethereum/repost-call.ts';
import { sealedPayloads } from '../../services/batcher/store.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { connectBridgeChain } from '../../system/l1-client-chain.ts';
import { connectL1Source } from '../../system/l1-client-source.ts';
import { accountOn } from '../bridge/account.ts';
import { dacPeer } from '../dac-http.ts';
import { type PayloadSource, payloadFrom, repostableBatch } from '../dac-repost.ts';
import { readKeyFile } from '../deploy/key-file.ts';
import { silent } from '../guard-folder.ts';
import { progress, result } from '../output.ts';
import { readRollupFile } from '../rollup-file.ts';
import { readUserFile } from '../user-file.ts';
import { type Cli, bigFlag, usage } from './context.ts';

/** Flags of `dac repost`. */
export interface RepostFlags {
  readonly index: string;
  readonly l1: string;
  readonly rollup: string;
  readonly keyFile: string;
  readonly keyPasswordFile?: string;
  readonly payload?: string;
  /** URLs; as `l2 derive` has them, `account=url`, they are understood too. */
  readonly member: readonly string[];
  readonly fromSequencer?: string;
}

/** Posts on L1 what a committee has lost, after everything that can be wrong with it was looked at. */
export async function repost(cli: Cli, flags: RepostFlags): Promise<void> {
  const { output } = cli;
  const index = bigFlag('--index', flags.index);
  const rollup = readRollupFile(readUserFile(flags.rollup), flags.rollup);
  const sources = sourcesOf(flags);
  const key = await readKeyFile(flags.keyFile, 'key of an account', flags.keyPasswordFile);
  try {
    const l1 = await connectL1Source({ urls: [flags.l1], rollup }, { clock: systemClock, log: silent });
    const chain = await connectBridgeChain(flags.l1, { clock: systemClock });
    const header = await repostableBatch(index, { rollup, facts: l1.facts, chain });
    const payload = await payloadFrom(sources, header, (source, why) =>
      progress(output, { type: 'source', source, why }, `${source}: ${why}`),
    );
    const account = accountOn(chain, key);
    const { hash, block } = await account.send(repostCall(rollup.inbox, header, payload));
    const value = {
      ...{ hash: to0x(hash), l1Block: String(block), index: String(index), account: account.address },
      ...{ payloadHash: to0x(header.payloadHash), bytes: payload.length },
    };
    result(output, value, [
      `${output.paint('good', '✔')} the payload of batch ${index} is in the L1 block ${block}: ${value.hash}`,
      'Whoever waits for it reads it there and goes on by itself.',
    ]);
  } finally {
    key.wipe();
  }
}

/** Milliseconds for a member. */
const MEMBER_MS = 30_000;
/** An account before a URL, which a hash makes needless. */
const ACCOUNT = /^0x[0-9a-fA-F]{40}=/;

/** @throws InputError usage | file-unreadable */
function sourcesOf({ payload, member, fromSequencer }: RepostFlags): readonly PayloadSource[] {
  const sources = [
    ...(payload === undefined ? [] : [fileSource(payload)]),
    ...(fromSequencer === undefined ? [] : [sequencerSource(resolve(fromSequencer))]),
    ...member.map((text) => memberSource(text.replace(ACCOUNT, ''))),
  ];
  if (sources.length > 0) return sources;
  throw usage('--payload', 'say where the payload is: --payload, --member or --from-sequencer');
}

function fileSource(path: string): PayloadSource {
  const bytes = readUserFile(path, maxBlockPayload('committee'));
  return { name: path, read: () => Promise.resolve([bytes]) };
}

function memberSource(url: string): PayloadSource {
  if (!/^https?:\/\/./.test(url)) throw usage('--member', `${url.slice(0, 80)} is no URL`);
  // Nothing that it signs is asked for, so who it is does not matter.
  const peer = dacPeer(METIS, url, { clock: systemClock, timeoutMs: MEMBER_MS });
  return {
    name: url,
    read: async ({ payloadHash }) => {
      const found = await peer.payload(payloadHash);
      return found === undefined ? [] : [found];
    },
  };
}

/** The folder is only read, whether or not its sequencer runs. */
function sequencerSource(folder: string): PayloadSource {
  // Opened, it would be made.
  if (!existsSync(folder)) throw new InputError('file-unreadable', folder, `there is no folder ${folder}`);
  const disk = openDisk({ folder, sweep: false });
  return { name: folder, read: ({ index }) => Promise.resolve(sealedPayloads(disk, index)) };
}
