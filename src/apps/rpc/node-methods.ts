import { to0x } from '../../crypto/bytes.ts';
import { blockLimits } from '../../chain/rollup.ts';
import { type Address, keccak256 } from '../../ethereum/address.ts';
import { type UnprovenL2Tx, readSignedTx, readUnprovenTx } from '../../ethereum/l2-tx.ts';
import { type Backend, needPool } from './backend.ts';
import type { Methods } from './method.ts';
import { quantity } from './output.ts';
import * as params from './params.ts';
import { renderPendingTx } from './render-tx.ts';
import { renderSyncing } from './subscriptions.ts';

/** What the node says of itself, and of its pool. */
export function nodeMethods(backend: Backend): Methods {
  const { chain } = backend;
  const { l2ChainId } = chain.rollup;
  return {
    eth_chainId: { most: 0, run: () => quantity(l2ChainId) },
    eth_syncing: { most: 0, run: () => renderSyncing(chain.syncing()) },
    eth_accounts: { most: 0, run: () => [] },
    net_version: { most: 0, run: () => l2ChainId.toString() },
    net_listening: { most: 0, run: () => true },
    net_peerCount: { most: 0, run: () => '0x0' },
    web3_clientVersion: { most: 0, run: () => backend.version },
    web3_sha3: { most: 1, run: (list) => to0x(keccak256(list.at(0, params.bytes))) },
    txpool_status: {
      most: 0,
      run: () => {
        const { ready, queued } = needPool(backend).size();
        return { pending: quantity(ready), queued: quantity(queued) };
      },
    },
    // What waits behind a gap is counted only.
    txpool_content: { most: 0, run: () => ({ pending: bySender(ready(backend)), queued: {} }) },
    txpool_contentFrom: {
      most: 1,
      run: (list) => {
        const address = list.at(0, params.address);
        const own = ready(backend).filter(({ sender }) => sender === address);
        return { pending: Object.values(bySender(own))[0] ?? {}, queued: {} };
      },
    },
  };
}

interface Waiting {
  readonly tx: UnprovenL2Tx;
  readonly sender: Address;
}

/** Transactions that a block could take now, as many as are listed. */
function ready(backend: Backend): readonly Waiting[] {
  const all = needPool(backend).candidates({ gas: blockLimits.gas, baseFee: 0n });
  return [...firstOf(all, backend.limits.poolListing)].map(({ raw, sender }) =>
    sender === undefined ? recovered(raw) : { tx: readUnprovenTx(raw), sender },
  );
}

/** No more are looked for than are listed. */
function* firstOf<T>(items: Iterable<T>, count: number): Generator<T, undefined> {
  let left = count;
  if (left > 0)
    for (const item of items) {
      yield item;
      left -= 1;
      if (left === 0) break;
    }
  return undefined;
}

function recovered(raw: Uint8Array): Waiting {
  const tx = readSignedTx(raw);
  return { tx, sender: tx.sender };
}

/** By sender, and then by nonce as decimal text, as execution clients have it. */
function bySender(waiting: readonly Waiting[]): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const out = new Map<string, Record<string, unknown>>();
  for (const { tx, sender } of waiting) {
    const own = out.get(sender) ?? {};
    own[tx.nonce.toString()] = renderPendingTx(tx, sender);
    out.set(sender, own);
  }
  return Object.fromEntries(out);
}
