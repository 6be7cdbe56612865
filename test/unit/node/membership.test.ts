import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../src/crypto/brand.ts';
import { concat } from '../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../src/crypto/ed25519.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { addressOf } from '../../../src/ethereum/address.ts';
import { EpochGate } from '../../../src/node/epoch-gate.ts';
import { EpochLog } from '../../../src/node/epoch-log.ts';
import { defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { Identity } from '../../../src/node/identity.ts';
import { JoinedSpecs } from '../../../src/node/joined-specs.ts';
import type { KeyContext } from '../../../src/node/key-context.ts';
import { Membership } from '../../../src/node/membership.ts';
import { ExclusionLog, Exclusions } from '../../../src/node/blame/exclusions.ts';
import { Records } from '../../../src/node/records.ts';
import { SessionHost } from '../../../src/node/sessions/host.ts';
import type { HostPort } from '../../../src/node/sessions/sessions.ts';
import { inlineHost } from '../../../src/node/sessions/worker-host.ts';
import { SignGuard } from '../../../src/node/sign-guard.ts';
import { Suspicion } from '../../../src/node/suspicion.ts';
import type { Seat } from '../../../src/protocols/ceremony/definition.ts';
import { epochIdOf, publicKeyOf } from '../../../src/protocols/epoch.ts';
import { at } from '../../../src/protocols/kernel/protocol.ts';
import { brotli } from '../../../src/system/compression.ts';
import { SimClock } from '../../sim/clock.ts';
import { type Member, members, rngOf } from '../../sim/cluster.ts';
import { keptLog } from '../../sim/log.ts';
import { SimNetwork } from '../../sim/network.ts';
import { type DealtKey, dealKey } from '../../sim/signing.ts';
import { memoryDisk, named } from './helpers.ts';

const key = dealKey(3, 4, 'membership');
const all = members(6);
const seatOf = ({ index, seed }: Member): Seat => ({
  ...{ index, name: `node-${index}`, identityPk: identityPublicKey(seed), address: `node-${index}:7610` },
});
const seats = all.map(seatOf);
const [four, five] = [partyIndex(4), partyIndex(5)];
const seat = (index: number): Seat => at(new Map(seats.map((one) => [one.index, one])), partyIndex(index));
const upTo = (count: number): readonly Seat[] => seats.slice(0, count);

/** Nodes with links on one simulated network, and a key of the first four. */
class Nodes {
  readonly clock: SimClock = new SimClock();
  readonly network: SimNetwork = new SimNetwork(this.clock, 1);
  readonly log: ReturnType<typeof keptLog> = keptLog();

  async start(index: number, known: readonly Seat[], clusterHash = named('cluster')): Promise<Membership> {
    const { clock, log } = this;
    const self = at(new Map(all.map((member) => [member.index, member])), partyIndex(index));
    const host = (): HostPort =>
      inlineHost((emit) => new SessionHost({ emit, rngFor: (label) => rngOf(label, self.index) }));
    const disk = memoryDisk();
    const membership = new Membership(
      { clusterHash, seats: known },
      {
        ...{ clock, log, identity: new Identity(new Secret('identity', self.seed.slice())) },
        ...{ network: this.network.host(`node-${index}`), listenAddress: `node-${index}:7610` },
        ...{ rng: rngOf('links', self.index), bootId: named(`boot ${index}`).slice(0, 16), bootCounter: 1n },
        ...{ signHost: host(), workerHost: host(), policy: { rules: [] }, l1View: () => undefined },
        tools: { compressor: brotli, versionedHashes: () => Promise.resolve([]) },
        levels: { target: 4, lowWater: 2, ttlMs: 3_600_000 },
        roundTimeoutMs: 5_000,
        ...{ disk, logFolder: 'records/log' },
        records: new Records({ disk, log, folder: 'records', lock: () => undefined }),
      },
    );
    await membership.start(() => undefined);
    return membership;
  }

  async startAll(indices: readonly number[], known: readonly Seat[]): Promise<readonly Membership[]> {
    const started: Membership[] = [];
    for (const index of indices) started.push(await this.start(index, known));
    await this.clock.advance(10_000);
    return started;
  }
}

function context(self: PartyIndex, dealt: DealtKey = key): KeyContext {
  const { record, shares } = dealt;
  const [disk, log] = [memoryDisk(), keptLog()];
  const guard = { path: 'guard', keyId: record.keyId, limits: defaultGuardLimits };
  const epochLog = EpochLog.open(disk, 'state');
  return {
    ...{ record, keyId: record.keyId, epochId: epochIdOf(record), address: addressOf(publicKeyOf(record)) },
    ...{ purpose: 'batch', self, state: 'active', certHash: named('certificate') },
    secret: new Secret('share', concat(at(shares, self), named('chain code'))),
    guard: SignGuard.create(guard, 'keygen', { disk, log }),
    ...{ suspicion: new Suspicion(epochLog), joined: new JoinedSpecs(epochLog) },
    ...{ needsMarks: false, gate: new EpochGate() },
    exclusions: new Exclusions(ExclusionLog.open(disk, 'exclusions'), record),
  };
}
const DROPPED = 'message of no member of the epoch dropped';

describe('the links of a cluster', () => {
  it('name its members as they are now, in the order of their indices', async () => {
    const nodes = new Nodes();
    const membership = await nodes.start(1, [seat(2), seat(1)]);
    membership.admit([seat(5), seat(4), seat(1)]);
    expect(membership.members().map(({ name, isSelf }) => [name, isSelf])).toEqual([
      ['node-1', true],
      ['node-2', false],
      ['node-4', false],
      ['node-5', false],
    ]);
    membership.dismiss([four, four, partyIndex(1)]);
    expect(membership.seats.map(({ index }) => index)).toEqual([1, 2, 5]);
    expect(membership.peers().map(({ index }) => index)).toEqual([2, 5]);
    expect([membership.nameOf(five), membership.nameOf(four)]).toEqual(['node-5', 'party 4']);
    membership.admit([{ ...seat(5), name: 'renamed' }]);
    expect(membership.nameOf(five)).toBe('renamed');
  });

  it('go to who has a seat by the later plan, but never away from a member in service', async () => {
    const nodes = new Nodes();
    const membership = await nodes.start(1, [...upTo(4), seat(5)]);
    membership.serve(context(partyIndex(1)));
    membership.admit([{ ...seat(6), index: five }]);
    expect(membership.seats.map(({ name }) => name)).toEqual([...upTo(4).map(({ name }) => name), 'node-6']);
    membership.admit([seat(5), seat(6)]);
    expect(
      membership
        .peers()
        .map(({ index, name }) => `${index} ${name}`)
        .slice(3),
    ).toEqual(['5 node-5', '6 node-6']);
    // A plan of another epoch, which the pre-flight refuses: no reason to stop the node.
    membership.dismiss([partyIndex(6)]);
    membership.admit([{ ...seat(6), index: four }, { ...seat(4), index: partyIndex(9) }, seat(6)]);
    expect(membership.nameOf(four)).toBe('node-4');
    expect(membership.peers().map(({ index }) => index)).toEqual([2, 3, 4, 5, 6]);
  });

  it('are bound to the cluster: members of another one are refused', async () => {
    const nodes = new Nodes();
    const [one] = await nodes.startAll([1], upTo(2));
    await nodes.start(2, upTo(2), named('another cluster'));
    await nodes.clock.advance(10_000);
    expect(one?.peers()).toMatchObject([{ state: 'refused', reason: 'definition-mismatch' }]);
  });

  it('reach a new member with the ceremony channel once both sides have admitted it', async () => {
    const nodes = new Nodes();
    const heard: string[] = [];
    const running = await nodes.startAll([1, 2], upTo(2));
    const joiner = await nodes.start(5, [...upTo(2), seat(5)]);
    joiner.onCeremony((from, bytes) => void heard.push(`${from} ${bytes.length}`));
    running[0]?.admit([seat(5)]);
    running[0]?.tellCeremony(new Uint8Array(3));
    await nodes.clock.advance(40_000);
    expect(running.map((one) => one.connected())).toEqual([
      [1, 2, 5],
      [1, 2],
    ]);
    expect([joiner.connected(), heard]).toEqual([[1, 5], ['1 3']]);
  });

  it('miss nobody that was dismissed: what a session still sends it is dropped in silence', async () => {
    const nodes = new Nodes();
    const [one] = await nodes.startAll([1, 2], upTo(2));
    one?.dismiss([partyIndex(2)]);
    const lines = nodes.log.lines.length;
    expect(() => one?.tellCeremony(new Uint8Array(3))).not.toThrow();
    expect(nodes.log.lines).toHaveLength(lines);
  });

  it('are those of a plan of their cluster in which this node has the same seat', async () => {
    const membership = await new Nodes().start(1, upTo(2));
    const { clusterHash } = membership;
    expect(membership.isOf({ clusterHash, seats: [...upTo(2), seat(5)] })).toBe(true);
    expect(membership.isOf({ clusterHash: named('another'), seats: upTo(2) })).toBe(false);
    expect(membership.isOf({ clusterHash, seats: [{ ...seat(1), index: five }] })).toBe(false);
    membership.admit([{ ...seat(3), index: partyIndex(1) }]);
    expect(membership.members().map(({ name }) => name)).toEqual(['node-1', 'node-2']);
  });
});

describe('a key in service', () => {
  it('counts members of its own epoch only, whoever else is linked', async () => {
    const nodes = new Nodes();
    const [one] = await nodes.startAll([1, 2, 5, 6], seats);
    one?.serve(context(partyIndex(1)));
    expect(one?.connected()).toEqual([1, 2, 5, 6]);
    expect(one?.sessions.active).toBe(0); // two of three: nothing is made ahead
    await nodes.start(3, seats);
    await nodes.clock.advance(5_000);
    expect(one?.connected()).toEqual([1, 2, 3, 5, 6]);
    expect(one?.sessions.active).toBe(1);
  });

  it('counts nobody who has the index of a member, but another identity', async () => {
    const nodes = new Nodes();
    const posing = { ...seat(6), index: four };
    const [one] = await nodes.startAll([1, 2, 6], [...upTo(3), posing]);
    one?.serve(context(partyIndex(1)));
    expect(one?.connected()).toEqual([1, 2, 4]);
    expect(one?.sessions.active).toBe(0);
  });

  it('hears what its members say about signing, and nothing that others say', async () => {
    const nodes = new Nodes();
    const dropped = (): unknown[] => nodes.log.lines.filter(({ event }) => event === DROPPED);
    const [one, two, joiner] = await nodes.startAll([1, 2, 5], [...upTo(2), seat(5)]);
    one?.serve(context(partyIndex(1)));
    two?.serve(context(partyIndex(2)));
    await nodes.clock.advance(1_000);
    expect(dropped()).toEqual([]);
    joiner?.serve(context(five, dealKey(3, 5, 'another epoch'))); // it proposes to make presignatures ahead
    await nodes.clock.advance(1_000);
    expect(dropped()).toHaveLength(2);
    expect([one, two].map((node) => node?.sessions.active)).toEqual([0, 0]);
  });
});
