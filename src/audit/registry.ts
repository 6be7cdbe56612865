import { equalBytes, toHex } from '../crypto/bytes.ts';
import { attempt } from '../crypto/codec.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { readDefinition } from '../chain/definition-file.ts';
import { parseLock } from '../chain/lock-file.ts';
import { lockProblems } from '../chain/lock-rules.ts';
import { type Lock, lockHash } from '../chain/lock.ts';
import { clusterOf } from '../protocols/ceremony/cluster.ts';
import { definitionHash } from '../protocols/ceremony/definition.ts';
import { type EpochMember, epochIdOf } from '../protocols/epoch.ts';
import type { Folder } from './reading.ts';

/** A lock, and where it was found. */
export interface FoundLock {
  /** File, with its folder. */
  readonly path: string;
  readonly lock: Lock;
}

/** A seat in the committee of a key. */
export interface KeySeat extends EpochMember {
  /** As hex. */
  readonly keyId: string;
}

/**
 * The locks that a tree of files holds, each once: the epochs of its keys. A lock names the one before it
 * by a hash over everything that sessions rely on, so the names alone put them in order. Of several copies
 * the one that most has come in for counts. [protocol, 4.2]
 */
export class Registry {
  readonly #byHash = new Map<string, FoundLock>();
  readonly #sound = new Map<string, boolean>();

  constructor(found: readonly FoundLock[]) {
    for (const one of found) {
      const name = nameOf(one.lock);
      const known = this.#byHash.get(name);
      if (known === undefined || sizeOf(one) > sizeOf(known)) this.#byHash.set(name, one);
    }
  }

  /** The lock of the epoch before; `undefined` for a new key, and where that lock is not in the tree. */
  previousOf({ previousLockHash }: Lock): Lock | undefined {
    return previousLockHash === undefined ? undefined : this.#byHash.get(toHex(previousLockHash))?.lock;
  }

  /**
   * All locks of the key of this one that are connected with it, and itself; ascending by epoch. Only through
   * locks that hold: anybody can write one that names the hash of another, and the key of a third.
   */
  chainOf(lock: Lock): readonly Lock[] {
    const all = [...this.#byHash.values()].map((found) => found.lock);
    const chain = new Map([[nameOf(lock), lock]]);
    for (let at = lock; this.#holds(at);) {
      const before = this.previousOf(at);
      if (before === undefined || !this.#holds(before)) break;
      chain.set(nameOf(before), before);
      at = before;
    }
    let size = 0;
    while (chain.size > size) {
      size = chain.size;
      for (const one of all)
        if (one.previousLockHash !== undefined && chain.has(toHex(one.previousLockHash)) && this.#holds(one))
          chain.set(nameOf(one), one);
    }
    return [...chain.values()].sort(byEpoch);
  }

  /** Whether a lock holds against the one before it; looked at once. */
  #holds(lock: Lock): boolean {
    const name = nameOf(lock);
    const holds = this.#sound.get(name) ?? lockProblems(lock, this.previousOf(lock)).length === 0;
    this.#sound.set(name, holds);
    return holds;
  }

  /** The lock of this epoch of the same key; `undefined` where it is not in the tree. */
  lockOf(lock: Lock, epochId: Uint8Array): Lock | undefined {
    return this.chainOf(lock).find(({ record }) => equalBytes(epochIdOf(record), epochId));
  }

  /** The lock of an epoch, of whichever key; `undefined` where it is not in the tree. */
  ofEpoch(epochId: Uint8Array): Lock | undefined {
    return this.#locks().find(({ record }) => equalBytes(epochIdOf(record), epochId));
  }

  /**
   * The lock of a numbered epoch of a key; `undefined` where it is not in the tree. Of several, one that
   * holds: whoever lays a forged one beside it does not make the logs of others look wrong.
   */
  ofNumber(keyId: Uint8Array, epochNo: number): Lock | undefined {
    const all = this.#locks().filter(
      ({ record }) => record.epochNo === epochNo && equalBytes(record.keyId, keyId),
    );
    return all.length === 1 ? all[0] : (all.find((lock) => this.#holds(lock)) ?? all[0]);
  }

  /** Every seat that anybody ever had, each once: members, and who left and dealt. */
  seats(): readonly KeySeat[] {
    const seats = new Map<string, KeySeat>();
    for (const { record, definition } of this.#locks())
      for (const { index, identityPk } of [...record.members, ...(definition.definition.leavers ?? [])]) {
        const keyId = toHex(record.keyId);
        seats.set(`${keyId} ${index} ${toHex(identityPk)}`, { keyId, index, identityPk });
      }
    return [...seats.values()].sort((a, b) => a.index - b.index);
  }

  /** The clusters in which an identity has had a seat, as hex; only by locks that hold. */
  clustersOf(identityPk: Uint8Array): ReadonlySet<string> {
    const of = this.#locks().filter((lock) => seatedIn(lock).some((seat) => equalBytes(seat, identityPk)));
    return new Set(of.filter((lock) => this.#holds(lock)).map(clusterIn));
  }

  /** The clusters of a key, as hex; of locks that hold there is one. */
  clustersOfKey(keyId: Uint8Array): ReadonlySet<string> {
    return new Set(
      this.#locks()
        .filter((lock) => equalBytes(lock.record.keyId, keyId) && this.#holds(lock))
        .map(clusterIn),
    );
  }

  /** The epochs of which an identity is a member: key and number, in one word; and who made them. */
  membershipsOf(identityPk: Uint8Array): readonly Membership[] {
    return this.#locks()
      .filter(({ record }) => record.members.some((member) => equalBytes(member.identityPk, identityPk)))
      .filter((lock) => this.#holds(lock))
      .map(({ record, definition }) => ({
        epoch: epochName(toHex(record.keyId), record.epochNo),
        ceremony: toHex(definitionHash(definition.definition)),
      }));
  }

  #locks(): readonly Lock[] {
    return [...this.#byHash.values()].map(({ lock }) => lock);
  }

  /** What was found of each key, ascending by epoch. */
  keys(): readonly (readonly FoundLock[])[] {
    const keys = new Map<string, FoundLock[]>();
    for (const found of this.#byHash.values()) {
      const name = toHex(found.lock.record.keyId);
      keys.set(name, [...(keys.get(name) ?? []), found]);
    }
    return [...keys.values()].map((found) => found.sort((a, b) => byEpoch(a.lock, b.lock)));
  }
}

/** An epoch of which somebody is a member. */
export interface Membership {
  /** `epochName` of it. */
  readonly epoch: string;
  /** Hash of the definition of the ceremony that made it, as hex. */
  readonly ceremony: string;
}

/** An epoch of a key, in one word. */
export const epochName = (keyId: string, epochNo: number): string => `${keyId} ${epochNo}`;

const clusterIn = ({ definition }: Lock): string => toHex(clusterOf(definition.definition));

/** Identities of the members of an epoch, and of who left with it. */
const seatedIn = ({ record, definition }: Lock): readonly Uint8Array[] =>
  [...record.members, ...(definition.definition.leavers ?? [])].map(({ identityPk }) => identityPk);

const sizeOf = ({ lock }: FoundLock): number => lock.proofs.length + lock.signatures.length;
const nameOf = (lock: Lock): string => toHex(lockHash(lock));
const byEpoch = (a: Lock, b: Lock): number => a.record.epochNo - b.record.epochNo;

/** Whether a file of this name can hold a lock: `LockFinder` needs no others. */
export const holdsLock = (name: string): boolean => name === 'lock.json' || name === 'definition.json';

/**
 * Collects the locks of folders: their own, and those that came with the plan of an epoch change. What
 * cannot be read is left to the report on its folder. Equal files are read once: beside each signature lies
 * a lock.
 */
export class LockFinder {
  readonly #seen = new Set<string>();
  readonly #found: FoundLock[] = [];

  /** Takes what a folder holds. */
  add({ path, files }: Folder): void {
    this.#add(`${path}/lock.json`, files.get('lock.json'), (bytes) => parseLock(bytes, 'lock.json'));
    const plan = files.get('definition.json');
    this.#add(`${path}/definition.json`, plan, (bytes) => readDefinition(bytes, 'definition.json').previous);
  }

  /** What was found. */
  registry(): Registry {
    return new Registry(this.#found);
  }

  #add(path: string, bytes: Uint8Array | undefined, read: (bytes: Uint8Array) => Lock | undefined): void {
    const name = bytes && toHex(taggedHash(tags.fileHash, bytes));
    if (bytes === undefined || name === undefined || this.#seen.has(name)) return;
    this.#seen.add(name);
    const lock = attempt(() => read(bytes));
    if (lock !== undefined) this.#found.push({ path, lock });
  }
}

/** The locks of folders that are in memory. */
export function registryOf(folders: readonly Folder[]): Registry {
  const finder = new LockFinder();
  for (const folder of folders) finder.add(folder);
  return finder.registry();
}
