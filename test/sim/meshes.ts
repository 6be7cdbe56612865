import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { ascii } from '../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../src/crypto/ed25519.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { tags } from '../../src/crypto/tags.ts';
import type { HandshakeSelf, RosterEntry } from '../../src/node/cluster/handshake.ts';
import { Mesh, type MeshDeps, type MeshOptions } from '../../src/node/cluster/mesh.ts';
import type { PeerStatus } from '../../src/node/cluster/peer.ts';
import type { Network } from '../../src/system/ports.ts';
import { SimClock } from './clock.ts';
import { keptLog } from './log.ts';
import { SimNetwork } from './network.ts';
import { seededRng } from './random.ts';

/** Seed of the identity of a test node. */
export const seedOf = (name: string): Uint8Array => taggedHash(tags.test, ascii(`identity of ${name}`));
/** The definition that test nodes share unless told otherwise. */
export const DEFINITION: Uint8Array = taggedHash(tags.test, ascii('definition'));

/** A roster of nodes `node-1` …, with addresses of the simulated network. */
export const rosterOf = (count: number): readonly RosterEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    index: partyIndex(i + 1),
    identityPublicKey: identityPublicKey(seedOf(`node-${i + 1}`)),
    address: `node-${i + 1}:7610`,
    name: `node-${i + 1}`,
  }));

/** What a node brings to a handshake. */
export function selfOf(
  name: string,
  roster: readonly RosterEntry[],
  changes: Partial<HandshakeSelf> = {},
): HandshakeSelf {
  const seed = changes.seed ?? seedOf(name);
  const hello = {
    bootCounter: 1n,
    bootId: taggedHash(tags.test, ascii(`boot of ${name}`)).slice(0, 16),
    ...{ epoch: 0, guardSeq: 0n, guardHead: new Uint8Array(32) },
  };
  const self: HandshakeSelf = {
    ...{ seed, identityPublicKey: identityPublicKey(seed), rosterHash: DEFINITION, hello },
    roster: () => roster,
    ...changes,
  };
  return self;
}

/** A message as a test saw it arrive. */
export interface Arrival {
  readonly from: PartyIndex;
  readonly channel: number;
  readonly bytes: Uint8Array;
}

/** A node of a test: its mesh and what it saw. */
export interface TestNode {
  readonly mesh: Mesh;
  readonly arrivals: Arrival[];
  readonly log: ReturnType<typeof keptLog>;
  readonly changes: PeerStatus[];
}

/** Meshes on one simulated network and clock. */
export class Meshes {
  readonly clock: SimClock = new SimClock();
  readonly network: SimNetwork;
  readonly roster: readonly RosterEntry[];
  readonly nodes: Map<string, TestNode> = new Map();
  #boots = 0n;

  constructor(count: number, seed = 1) {
    this.network = new SimNetwork(this.clock, seed);
    this.roster = rosterOf(count);
  }

  /** Makes and starts a node, or starts it anew. */
  async start(
    name: string,
    options: Partial<MeshOptions> = {},
    deps: Partial<MeshDeps> = {},
  ): Promise<TestNode> {
    this.#boots += 1n;
    const seed = seedOf(name);
    const log = keptLog();
    const network: Network = this.network.host(name);
    const rng = seededRng(Number(this.#boots));
    const mesh = new Mesh(
      {
        ...{
          self: { seed, identityPublicKey: identityPublicKey(seed) },
          roster: this.roster,
          rosterHash: DEFINITION,
        },
        ...{ listenAddress: `${name}:7610`, bootId: rng(16), bootCounter: this.#boots },
        ...options,
      },
      { network, clock: this.clock, rng, log, ...deps },
    );
    const node: TestNode = { mesh, arrivals: [], log, changes: [] };
    mesh.onMessage((from, channel, bytes) => void node.arrivals.push({ from, channel, bytes }));
    mesh.onPeerChange((status) => void node.changes.push(status));
    this.nodes.set(name, node);
    await mesh.start();
    return node;
  }

  /** Starts all of the roster and waits until they are linked. */
  async startAll(): Promise<readonly TestNode[]> {
    const nodes: TestNode[] = [];
    for (const { name } of this.roster) nodes.push(await this.start(name));
    await this.clock.advance(5_000);
    return nodes;
  }

  /** Ends a node as a kill does: nothing is said, connections break. */
  async kill(name: string): Promise<void> {
    await this.nodes.get(name)?.mesh.stop();
    this.network.crash(name);
    this.nodes.delete(name);
  }
}
