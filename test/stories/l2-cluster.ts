import { verifierClient } from '../../src/apps/verifier-client.ts';
import { L1Watch } from '../../src/apps/l1-watch.ts';
import { silent } from '../../src/apps/guard-folder.ts';
import { proofOf } from '../../src/apps/key-request.ts';
import { encodeRequest } from '../../src/chain/duty.ts';
import type { UpdateKeyRequest } from '../../src/chain/duty-update-key.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { decode } from '../../src/crypto/codec.ts';
import { signatureCodec } from '../../src/crypto/ecdsa.ts';
import { OperationError, assert } from '../../src/crypto/errors.ts';
import { inboxSelectors } from '../../src/ethereum/abi.ts';
import { type Address, parseAddress } from '../../src/ethereum/address.ts';
import type { NodeStatus } from '../../src/node/api.ts';
import type { Policy, SubmitBlocksRule, UpdateKeyRule } from '../../src/node/policy/verdict.ts';
import type { Cluster } from '../../src/services/l1/service.ts';
import { systemClock } from '../../src/system/clock.ts';
import { fund, nameKeys } from '../../src/system/dev-l1.ts';
import { connectL1 } from '../../src/system/l1-client.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';
import { type Resident, settle } from './house.ts';
import type { Town, TownNode } from './l2-town.ts';
import { linked, makeKey, ready, stopAll } from './village.ts';

const WEI = 10n ** 20n;
const DEADLINE_MS = 20_000;
/** L1 blocks of which one more is the account's first, and transactions that may be ahead of L1. */
const AHEAD_BLOCKS = 100n;
const MAX_AHEAD = 16n;

/**
 * Signing nodes with one key, each of which asks a verifier and looks at L1 for itself: who signs the batches
 * of a town in its place, once they are settled there.
 */
export class RealSigners {
  /** What a town is founded with, before there is a node. */
  readonly cluster: Cluster = {
    key: async () => ({ keyId: bytes(this.#key().keyId), keyEpoch: Number(this.#key().epoch) }),
    sign: (request) => {
      this.asked.push(request);
      return this.sign(request);
    },
  };
  /** All requests that the town has made. */
  readonly asked: Uint8Array[] = [];
  residents: readonly Resident[] = [];
  #watches: readonly L1Watch[] = [];

  /** Makes a key that this town's KeyRegistry names, and whose account can pay. */
  readonly settle = async (
    town: Town,
    verifier: TownNode,
    { count, required }: { readonly count: number; readonly required: number },
  ): Promise<void> => {
    const policy = policyOf(town, verifier);
    const watches: L1Watch[] = [];
    const residents = (await freePorts(count)).map((port) => {
      const watch = watchOf(town);
      watches.push(watch);
      const asks = verifierClient({ url: verifier.url, clock: systemClock });
      return settle(port, { policy, l1View: watch.view, verifier: asks });
    });
    this.#watches = watches;
    this.residents = residents;
    for (const { node } of residents) await node.start();
    await makeKey(residents, required, policy);
    await ready(residents);
    await linked(residents);
    const account = this.account;
    await Promise.all(watches.map((watch) => watch.start(() => account)));
    await fund(town.anvil, account, WEI);
    await nameKeys(town.anvil, town.contracts, {
      account,
      sign: async (_, promise) => {
        const key = { ...(await this.cluster.key()), account };
        const request: UpdateKeyRequest = { kind: 'update-key', ...key, ...promise };
        return proofOf(request, decode(signatureCodec, await this.sign(encodeRequest(request))));
      },
    });
  };

  /** The account of their key. */
  get account(): Address {
    return parseAddress(this.#key().address);
  }

  /** A signature of theirs, asked for at the first. @throws the refusal of that node */
  readonly sign = async (request: Uint8Array): Promise<Uint8Array> =>
    bytes((await this.#first().node.sign(request, { deadlineMs: DEADLINE_MS })).signature);

  /** Ends them. */
  readonly stop = async (): Promise<void> => {
    for (const watch of this.#watches) watch.stop();
    await stopAll(this.residents);
  };

  #first(): Resident {
    const [one] = this.residents;
    if (one === undefined) throw new OperationError('no-key', 'retry', 'nobody has settled yet');
    return one;
  }

  #key(): NonNullable<NodeStatus['key']> {
    const { key } = this.#first().node.status();
    if (key === undefined) throw new OperationError('no-key', 'retry', 'there is no key yet');
    return key;
  }
}

const bytes = (hex: string): Uint8Array => {
  const found = fromHex(hex);
  assert(found !== undefined, 'a node answers in hex');
  return found;
};

const watchOf = ({ anvil, rollup, contracts }: Town): L1Watch =>
  new L1Watch(
    { inbox: contracts.inbox, maxAhead: MAX_AHEAD },
    {
      connect: () => connectL1({ url: anvil.url, chainId: rollup.l1ChainId }, { clock: systemClock }),
      clock: systemClock,
      log: silent,
    },
  );

/** Batches of blocks in calldata, as this verifier has them, and the proof of their own account. */
function policyOf({ rollup, contracts }: Town, verifier: TownNode): Policy {
  const common = { purpose: 'batch', l1ChainId: rollup.l1ChainId } as const;
  const batches: SubmitBlocksRule = {
    ...common,
    ...{ id: 'blocks', kind: 'submit-blocks', da: 'calldata', verifier: verifier.url },
    ...{ l2ChainId: rollup.l2ChainId, inbox: rollup.inbox, selector: inboxSelectors['submit-batch'] },
    ...{ valueMax: 0n, gasMax: 10_000_000n, feeCap: 10n ** 12n, blobFeeCap: 0n, blobsMax: 0 },
    dataMaxBytes: 130_000,
  };
  const proofs: UpdateKeyRule = {
    ...common,
    ...{ id: 'proofs', kind: 'update-key', registry: contracts.registry },
    ...{ purposes: ['batch', 'blob'], maxAheadBlocks: AHEAD_BLOCKS },
  };
  return { rules: [batches, proofs] };
}
