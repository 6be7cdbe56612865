import { equalBytes, fromHex, to0x } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { type JsonObject, anyObjectIn, hexIn, readJsonFile, writeJsonFile } from '../crypto/json-file.ts';
import { keccak256 } from '../ethereum/address.ts';
import {
  type GenesisAccount,
  type L2Genesis,
  genesisFile,
  genesisHeader,
  predeploys,
} from '../ethereum/l2-genesis.ts';
import { encodeRlp, rlpInteger } from '../ethereum/rlp.ts';
import { EMPTY_ROOT, Trie } from '../ethereum/trie.ts';
import { type L2Block, type L2Header, blockHash } from './block.ts';
import { emptyMessageTree, messageTreeRoot } from './message-tree.ts';
import { outputRoot } from './output.ts';

const bytesOf = (hex: string): Uint8Array => {
  const bytes = fromHex(hex);
  assert(bytes !== undefined, `${hex.slice(0, 20)} is hex, as its reader has seen`);
  return bytes;
};

/** The root of a trie whose keys are hashed first. */
function rootOf(entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): Uint8Array {
  const store = { get: () => undefined, keccak256 };
  return entries
    .reduce((trie, [key, value]) => trie.put(keccak256(key), value), Trie.at(store, EMPTY_ROOT))
    .commit(() => undefined);
}

function accountRecord({ balance, nonce, code, storage = {} }: GenesisAccount): Uint8Array {
  const words = Object.entries(storage).map(
    ([slot, value]) => [bytesOf(slot), encodeRlp(rlpInteger(BigInt(value)))] as const,
  );
  const head = [rlpInteger(BigInt(nonce ?? 0)), rlpInteger(BigInt(balance))];
  return encodeRlp([...head, rootOf(words), keccak256(bytesOf(code ?? '0x'))]);
}

/** Block 0 of a genesis: what an execution client makes of the file. [Ethereum yellow paper, 4.1] */
export function genesisBlock({ accounts, timestamp }: L2Genesis): L2Block {
  const records = Object.entries(accounts).map(
    ([address, account]) => [bytesOf(address), accountRecord(account)] as const,
  );
  const zero = new Uint8Array(32);
  const header: L2Header = {
    ...{ parentHash: zero, number: 0n, timestamp, coinbase: predeploys.FeeVault },
    ...{ gasLimit: genesisHeader.gasLimit, gasUsed: 0n, baseFeePerGas: genesisHeader.baseFeePerGas },
    ...{ extraData: bytesOf(genesisHeader.extraData), prevRandao: zero, parentBeaconBlockRoot: zero },
    stateRoot: rootOf(records),
    ...{ transactionsRoot: EMPTY_ROOT, receiptsRoot: EMPTY_ROOT, withdrawalsRoot: EMPTY_ROOT },
    logsBloom: new Uint8Array(256),
  };
  return { hash: blockHash(header), header, transactions: [], withdrawals: [] };
}

/** The root of output 0, 32 bytes: what a deployment is told of its L2. [Outputs.sol, initialize] */
export function genesisOutputRoot(genesis: L2Genesis): Uint8Array {
  const { hash, header } = genesisBlock(genesis);
  const messages = messageTreeRoot(emptyMessageTree);
  return outputRoot(genesis.l2ChainId, {
    ...{ blockNumber: 0n, blockHash: hash, stateRoot: header.stateRoot, messageTreeRoot: messages },
  });
}

/** Bytes of the longest genesis that is read. */
const MAX_BYTES = 4_194_304;

/**
 * Reads a genesis from a file as `genesisFile` gives it, and from no other, so that there is nothing in it
 * that its hash does not bind. @throws InputError file-truncated | file-damaged
 */
export function readGenesis(bytes: Uint8Array, path: string): L2Genesis {
  const file = readJsonFile(bytes, path, MAX_BYTES);
  const alloc = anyObjectIn(file, 'alloc', path);
  const chainId = anyObjectIn(file, 'config', path).get('chainId');
  if (typeof chainId !== 'number' || !Number.isSafeInteger(chainId) || chainId < 1)
    throw damaged(`${path}: config`, 'has no chain id');
  const genesis: L2Genesis = {
    l2ChainId: BigInt(chainId),
    timestamp: BigInt(quantityIn(file, 'timestamp', path)),
    accounts: Object.fromEntries([...alloc.keys()].map((at) => [at, accountIn(alloc, at, path)])),
  };
  if (equalBytes(writeJsonFile(genesisFile(genesis)), bytes)) return genesis;
  throw damaged(path, 'is not a genesis of this build');
}

const damaged = (path: string, what: string): InputError =>
  new InputError('file-damaged', path, `${path} ${what}`);

function accountIn(alloc: JsonObject, at: string, path: string): GenesisAccount {
  const where = `${path}: ${at.slice(0, 42)}`;
  if (!/^0x[0-9a-f]{40}$/.test(at)) throw damaged(where, 'is no address');
  const account = anyObjectIn(alloc, at, path);
  const balance = quantityIn(account, 'balance', where);
  if (account.size === 1 && balance === '0x0') throw damaged(where, 'is an account with nothing');
  return {
    balance,
    ...(account.has('nonce') && { nonce: quantityIn(account, 'nonce', where) }),
    ...(account.has('code') && { code: to0x(hexIn(account, 'code', where)) }),
    ...(account.has('storage') && { storage: storageIn(anyObjectIn(account, 'storage', where), where) }),
  };
}

/** Words of 32 bytes that are not zero: a zero word is none. */
const storageIn = (storage: JsonObject, path: string): NonNullable<GenesisAccount['storage']> =>
  Object.fromEntries(
    [...storage.keys()].map((slot) => {
      const word = hexIn(storage, slot, path, 32);
      if (fromHex(slot)?.length !== 32 || word.every((byte) => byte === 0))
        throw damaged(`${path}: ${slot.slice(0, 66)}`, 'is no word of storage');
      return [slot, to0x(word)];
    }),
  );

function quantityIn(object: JsonObject, key: string, path: string): `0x${string}` {
  const value = object.get(key);
  if (typeof value === 'string' && /^0x(0|[1-9a-f][0-9a-f]{0,63})$/.test(value)) return `0x${value.slice(2)}`;
  throw damaged(`${path}: ${key}`, 'is no quantity');
}
