import type { L2Block } from '../../chain/block.ts';
import type { AccountState } from '../../chain/execution.ts';
import { genesisBlock } from '../../chain/genesis.ts';
import { equalBytes, fromHex } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { keccak256 } from '../../ethereum/address.ts';
import type { GenesisAccount, L2Genesis } from '../../ethereum/l2-genesis.ts';
import { rlpInteger } from '../../ethereum/rlp.ts';
import { EMPTY_ROOT } from '../../ethereum/trie.ts';
import { NEW_ACCOUNT } from './account.ts';
import { type Key, keyOf } from './key.ts';
import { State, type StateStore } from './state.ts';

type Named = readonly [hash: Uint8Array, bytes: Uint8Array];

/** Block 0, and all that its state consists of. */
export interface GenesisState {
  readonly block: L2Block;
  /** Nodes of tries, and code, by hash. */
  readonly nodes: readonly Named[];
  readonly codes: readonly Named[];
}

/** Where there is nothing to read yet. */
const NO_STORE: StateStore = { get: () => undefined, code: () => new Uint8Array(0) };

const bytesOf = (hex: string): Uint8Array => {
  const bytes = fromHex(hex);
  assert(bytes !== undefined, 'a genesis has been read before it is executed');
  return bytes;
};

/** The state of a genesis as the store keeps it. */
export function genesisState(genesis: L2Genesis): GenesisState {
  const block = genesisBlock(genesis);
  const nodes: Named[] = [];
  const codes: Named[] = [];
  const accounts = new Map<Key, AccountState>();
  const slots = new Map<Key, ReadonlyMap<Key, Uint8Array>>();
  for (const [address, { balance, nonce, code, storage }] of Object.entries(genesis.accounts)) {
    const key = keyOf(bytesOf(address));
    const bytes = bytesOf(code ?? '0x');
    const codeHash = keccak256(bytes);
    if (bytes.length > 0) codes.push([codeHash, bytes]);
    accounts.set(key, { ...NEW_ACCOUNT, nonce: BigInt(nonce ?? 0), balance: BigInt(balance), codeHash });
    slots.set(key, wordsOf(storage));
  }
  const state = State.at(NO_STORE, EMPTY_ROOT).after(
    { accounts, slots, cleared: new Set() },
    (hash, node) => void nodes.push([hash, node]),
  );
  assert(equalBytes(state.root, block.header.stateRoot), 'a genesis has one state root');
  return { block, nodes, codes };
}

const wordsOf = (storage: GenesisAccount['storage'] = {}): ReadonlyMap<Key, Uint8Array> =>
  new Map(Object.entries(storage).map(([slot, value]) => [keyOf(bytesOf(slot)), rlpInteger(BigInt(value))]));
