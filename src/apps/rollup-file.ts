import type { L1Origin } from '../chain/l1-facts.ts';
import { emptyMessageTree, messageTreeRoot } from '../chain/message-tree.ts';
import type { Rollup } from '../chain/rollup.ts';
import { equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import {
  type JsonObject,
  decimalIn,
  hexIn,
  integerIn,
  literalIn,
  objectIn,
  readJsonFile,
  textIn,
  withKeys,
  writeJsonFile,
} from '../crypto/json-file.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';

const FORMAT = 'conclave-rollup-1';
const KEYS = [
  ...['format', 'l1ChainId', 'l2ChainId', 'genesis', 'inbox', 'bridge', 'forcedInbox', 'outputs'],
  ...['slotMs', 'maxDrift', 'sequencingWindow', 'phase2Height'],
];
/** Milliseconds: longer slots are a mistake in the unit. */
export const MAX_SLOT_MS = 60_000;
/** L1 blocks: derivation holds two windows of origins, and what holds them on disk is bounded. */
export const MAX_WINDOW = 30_000n;

/** A rollup as a file for people and programs: numbers of 64 bits as decimal strings, bytes as hex. */
export function writeRollupFile(rollup: Rollup): Uint8Array {
  const { l1ChainId, l2ChainId, genesis, inbox, bridge, forcedInbox, outputs } = rollup;
  const { hash, stateRoot, timestamp, origin } = genesis;
  return writeJsonFile({
    ...{ format: FORMAT, l1ChainId: String(l1ChainId), l2ChainId: String(l2ChainId) },
    genesis: {
      ...{ hash: to0x(hash), stateRoot: to0x(stateRoot), timestamp: String(timestamp) },
      origin: {
        ...{ number: String(origin.number), hash: to0x(origin.hash), timestamp: String(origin.timestamp) },
        messageRoot: to0x(origin.messageRoot),
      },
    },
    ...{ inbox, bridge, forcedInbox, outputs, slotMs: rollup.slotMs, maxDrift: String(rollup.maxDrift) },
    sequencingWindow: String(rollup.sequencingWindow),
    phase2Height: String(rollup.phase2Height),
  });
}

/**
 * Reads what `writeRollupFile` writes, and refuses what no chain can have.
 * @throws InputError file-truncated | file-damaged | bad-account
 */
export function readRollupFile(bytes: Uint8Array, path: string): Rollup {
  const file = withKeys(readJsonFile(bytes, path), KEYS, path);
  literalIn(file, 'format', FORMAT, path);
  const genesis = objectIn(file, 'genesis', ['hash', 'stateRoot', 'timestamp', 'origin'], path);
  const address = (key: string): Address => parseAddress(textIn(file, key, path), `${path}: ${key}`);
  const slotMs = integerIn(file, 'slotMs', path);
  if (slotMs === 0 || slotMs > MAX_SLOT_MS)
    throw damaged(`${path}: slotMs`, `is ${slotMs}, not 1 to ${MAX_SLOT_MS}`);
  const sequencingWindow = positive(file, 'sequencingWindow', path);
  if (sequencingWindow > MAX_WINDOW)
    throw damaged(`${path}: sequencingWindow`, `is ${sequencingWindow}, not 1 to ${MAX_WINDOW}`);
  return {
    ...{ l1ChainId: positive(file, 'l1ChainId', path), l2ChainId: positive(file, 'l2ChainId', path) },
    genesis: {
      ...{ hash: hexIn(genesis, 'hash', path, 32), stateRoot: hexIn(genesis, 'stateRoot', path, 32) },
      ...{ timestamp: decimalIn(genesis, 'timestamp', path), origin: readOrigin(genesis, path) },
    },
    ...{ inbox: address('inbox'), bridge: address('bridge') },
    ...{ forcedInbox: address('forcedInbox'), outputs: address('outputs'), slotMs },
    maxDrift: positive(file, 'maxDrift', path),
    sequencingWindow,
    phase2Height: decimalIn(file, 'phase2Height', path),
  };
}

function readOrigin(genesis: JsonObject, path: string): L1Origin {
  const origin = objectIn(genesis, 'origin', ['number', 'hash', 'timestamp', 'messageRoot'], path);
  const messageRoot = hexIn(origin, 'messageRoot', path, 32);
  // Derivation begins with an empty tree: it could not know messages from before.
  if (!equalBytes(messageRoot, messageTreeRoot(emptyMessageTree)))
    throw damaged(`${path}: messageRoot`, 'is not that of no messages; take an earlier block of L1');
  return {
    ...{ number: decimalIn(origin, 'number', path), hash: hexIn(origin, 'hash', path, 32) },
    ...{ timestamp: decimalIn(origin, 'timestamp', path), messageRoot },
  };
}

function positive(file: JsonObject, key: string, path: string): bigint {
  const value = decimalIn(file, key, path);
  if (value === 0n) throw damaged(`${path}: ${key}`, 'is zero');
  return value;
}

const damaged = (path: string, what: string): InputError =>
  new InputError('file-damaged', path, `${path} ${what}`);
