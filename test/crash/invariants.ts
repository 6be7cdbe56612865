import type { PartyIndex } from '../../src/crypto/brand.ts';
import { bytesToBigint, toHex } from '../../src/crypto/bytes.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { type Scalar, actBase, scalar } from '../../src/crypto/secp256k1.ts';
import { interpolateAtZero } from '../../src/crypto/shamir.ts';
import { STANDING_FILE, readStanding } from '../../src/node/epochs/standing-file.ts';
import { Keystore } from '../../src/node/keystore.ts';
import { type ManifestKey, ManifestStore, activeOf } from '../../src/node/manifest.ts';
import { type EpochRecord, epochIdOf, publicKeyOf } from '../../src/protocols/epoch.ts';
import type { Disk } from '../../src/system/ports.ts';
import type { SimDisk } from '../sim/disk.ts';
import { seededRng } from '../sim/random.ts';
import { readLockOnce } from './read-lock.ts';
import { type SimulatedNode, chains } from './simulated-node.ts';

/** Every file that a node may have, by the beginning of its path. Presignatures are not among them. [INV6] */
const KNOWN = /^(keys|ceremonies|wal|data|attic|manifest)(\/|$)/;

interface Found {
  readonly node: SimulatedNode;
  readonly disk: Disk;
  readonly manifest: ManifestStore;
}

/** What stays if the power went now, on all machines. */
const afterPowerLoss = (nodes: readonly SimulatedNode[], seed: number): readonly Found[] =>
  nodes.map((node) => {
    const copy: SimDisk = node.disk.fork(seed + node.index);
    copy.powerLoss();
    const disk = copy.open();
    return { node, disk, manifest: ManifestStore.open(disk) };
  });

/** The records of epochs that are certified, by anything on any disk. */
function certifiedIn(found: readonly Found[]): readonly EpochRecord[] {
  const records = found.flatMap(({ disk }) =>
    disk.list('ceremonies').flatMap((name) => {
      const lock = disk.read(`ceremonies/${name}/lock.json`);
      const standing = disk.read(`ceremonies/${name}/${STANDING_FILE}`);
      const made = lock === undefined ? [] : [readLockOnce(lock, name).record];
      return [...made, ...(standing === undefined ? [] : certifiedBy(standing))];
    }),
  );
  const names = records.map((record) => toHex(epochIdOf(record)));
  return records.filter((_, i) => names.indexOf(names[i] ?? '') === i);
}

function certifiedBy(bytes: Uint8Array): readonly EpochRecord[] {
  const { prepared, acks, commits } = readStanding(bytes, STANDING_FILE).standing;
  const isWhole = acks.length === prepared.record.members.length && commits.length >= 3;
  return isWhole ? [prepared.record] : [];
}

/** The shares of an epoch that can be opened. */
function sharesOf(record: EpochRecord, found: readonly Found[]): ReadonlyMap<PartyIndex, Scalar> {
  const shares = new Map<PartyIndex, Scalar>();
  for (const { node, disk, manifest } of found) {
    if (!record.members.some(({ identityPk }) => toHex(identityPk) === toHex(node.publicKey))) continue;
    const keystore = new Keystore(
      { folder: 'keys', network: chains.name, identityPk: node.publicKey },
      { disk, manifest, master: node.master, rng: seededRng(1) },
    );
    try {
      const { index, secret } = keystore.load(record);
      shares.set(index, scalar(secret.use((plain) => bytesToBigint(plain.slice(0, 32)))));
    } catch (error) {
      if (!(error instanceof InputError)) throw error; // it has none
    }
  }
  return shares;
}

/** All ways to choose this many. */
function choose<T>(from: readonly T[], count: number): readonly (readonly T[])[] {
  const [first, ...rest] = from;
  if (count === 0) return [[]];
  if (first === undefined) return [];
  return [...choose(rest, count - 1).map((others) => [first, ...others]), ...choose(rest, count)];
}

/** Whether any quorum of these shares is the key. */
function isTheKey(record: EpochRecord, shares: ReadonlyMap<PartyIndex, Scalar>): boolean {
  if (shares.size < record.threshold) return false;
  return choose([...shares], record.threshold).every((quorum) =>
    actBase(interpolateAtZero(new Map(quorum))).equals(publicKeyOf(record)),
  );
}

/** What is wrong with the states of one key on one node. [INV4] */
function stateFault({ shares, newest }: ManifestKey): string | undefined {
  const of = (state: string): readonly number[] =>
    shares.filter((share) => share.state === state).map(({ epochNo }) => epochNo);
  const [active, pending, retired] = [of('active'), of('pending'), of('retired')];
  const known = newest ?? -1;
  const isLegal =
    active.length <= 1 &&
    active.every((epochNo) => epochNo === known) &&
    pending.every((epochNo) => epochNo === known + 1 || newest === undefined) &&
    retired.every((epochNo) => epochNo === known - 1) &&
    (pending.length === 0 || retired.length === 0);
  return isLegal
    ? undefined
    : `active ${String(active)}, pending ${String(pending)}, retired ${String(retired)}`;
}

/** Watches what must hold at every moment, of disks alone: what memory promises is not looked at. */
export class Invariants {
  readonly faults: string[] = [];
  readonly #nodes: readonly SimulatedNode[];
  readonly #active = new Map<number, number>();
  readonly #seed: number;
  /** Whether there was a key at the start. */
  readonly #hasKey: boolean;
  #looks = 0;

  constructor(nodes: readonly SimulatedNode[], seed: number, hasKey: boolean) {
    this.#nodes = nodes;
    this.#seed = seed;
    this.#hasKey = hasKey;
  }

  /** Looks at all disks as a loss of power everywhere would leave them. */
  look(when: string): void {
    this.#looks += 1;
    const found = afterPowerLoss(this.#nodes, this.#seed + 10 * this.#looks);
    const records = certifiedIn(found);
    const isSafe = records.some((record) => isTheKey(record, sharesOf(record, found)));
    if (!isSafe && (this.#hasKey || records.length > 0)) this.#fault(when, 'INV1: no epoch can sign');
    for (const { node, disk, manifest } of found) {
      for (const key of manifest.value.keys) this.#lookAtKey(when, node.index, key);
      const unknown = disk.list('').filter((name) => !KNOWN.test(name));
      if (unknown.length > 0) this.#fault(when, `INV6: ${unknown.join(', ')} on node ${node.index}`);
    }
  }

  #lookAtKey(when: string, index: number, key: ManifestKey): void {
    const wrong = stateFault(key);
    if (wrong !== undefined) this.#fault(when, `INV4: node ${index} has ${wrong}`);
    const before = this.#active.get(index) ?? -1;
    const active = activeOf(key) ?? key.newest ?? -1;
    if (active < before) this.#fault(when, `INV2: node ${index} fell from ${before} to ${active}`);
    this.#active.set(index, active);
  }

  #fault(when: string, what: string): void {
    this.faults.push(`${when}: ${what}`);
  }
}
