import { describe, expect, it } from 'vitest';

import { type PreflightContext, preflight, requirePassed } from '../../../../src/node/ceremony/preflight.ts';
import type { PeerStatus } from '../../../../src/node/cluster/peer.ts';
import type { Identity } from '../../../../src/node/identity.ts';
import { policyHash } from '../../../../src/node/policy/policy.ts';
import { writeDefinition } from '../../../../src/chain/definition-file.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { changeOf, firstEpoch } from '../../audit/support/epochs.ts';
import { signedDefinition } from '../../audit/support/folders.ts';
import { policy } from '../policy/policy-fixture.ts';
import { memoryDisk, named } from '../helpers.ts';

const base = signedDefinition(4, 3);
const { lock } = firstEpoch(4, 3);
const definition = { ...base.definition, policyHash: policyHash(policy) };
const signed = { definition, signatures: [] };
const own = definition.committee[0]?.identityPk ?? named('x');
const good: PreflightContext = {
  identity: { publicKey: own } as unknown as Identity,
  network: definition.network,
  policy,
  folders: { ceremonies: 'ceremonies' },
  disk: memoryDisk(),
  peers: [],
  lock: undefined,
  isFrozen: false,
  isQuarantined: false,
  nowMs: 1,
  ownFolder: 'ceremonies/own',
};
const failing = (
  context: Partial<PreflightContext>,
  plan: Parameters<typeof preflight>[0] = signed,
): readonly string[] =>
  preflight(plan, { ...good, ...context })
    .filter(({ status }) => status !== 'pass')
    .map(({ item, status }) => `${status} ${item}`);
const refusing: PeerStatus = {
  ...{ index: partyIndex(2), name: 'node-2', state: 'refused', lastSeen: undefined, tries: 1 },
  ...{ reason: 'definition-mismatch', rttMs: undefined, queuedBytes: 0, hello: undefined },
};

/** A disk on which an older ceremony lies. */
const with_ = (bytes: Uint8Array): PreflightContext['disk'] => {
  const disk = memoryDisk();
  disk.files.set('ceremonies/old/definition.json', bytes);
  return disk;
};

describe('the pre-flight of a ceremony', () => {
  it('passes when nothing speaks against it', () => {
    expect(failing({})).toEqual([]);
    requirePassed(preflight(signed, good));
  });

  const cases: readonly (readonly [what: string, context: Partial<PreflightContext>])[] = [
    ['fail identity in definition', { identity: { publicKey: named('x') } as unknown as Identity }],
    ['fail network equal', { network: { ...definition.network, l1ChainId: 1n } }],
    ['fail network equal', { network: { ...definition.network, l2ChainId: 1n } }],
    ['fail network equal', { network: { ...definition.network, name: 'x' } }],
    ['fail policy hash equal', { policy: { rules: [] } }],
    ['fail no key yet', { lock }],
    ['fail in time', { nowMs: 2 }],
    ['fail free space', { disk: { ...memoryDisk(), freeBytes: () => 1_000 } }],
    ['warn peer node-2', { peers: [refusing] }],
    ['fail sequence newer', { disk: with_(new Uint8Array(9)) }],
    ['fail sequence newer', { disk: with_(writeDefinition(base)) }],
  ];
  it.each(cases)('says "%s" (case %#) and nothing else', (what, context) => {
    expect(failing(context)).toEqual([what]);
  });

  it('takes an older definition that this node has not signed, and its own', () => {
    expect(
      failing({ disk: with_(writeDefinition({ ...base, signatures: base.signatures.slice(1) })) }),
    ).toEqual([]);
    expect(failing({ disk: with_(writeDefinition(base)), ownFolder: 'ceremonies/old' })).toEqual([]);
  });

  it('asks for acceptance in time, and after that for execution in time', () => {
    const mine = { definition, signatures: base.signatures };
    expect(failing({ nowMs: 2 }, mine)).toEqual([]);
    expect(failing({ nowMs: 3 }, mine)).toEqual(['fail in time']);
  });

  it('stops with every item that failed', () => {
    const items = preflight(signed, { ...good, lock, nowMs: 9 });
    expect(() => requirePassed(items)).toThrow(
      expect.objectContaining({
        code: 'preflight-failed',
        message: expect.stringMatching(/no key yet.*in time/),
      }),
    );
  });

  it('wants the very epoch from which a change starts, where this node holds a share of it', () => {
    const change = changeOf(lock);
    const plan = {
      definition: { ...change, policyHash: policyHash(policy) },
      signatures: [],
      previous: lock,
    };
    const mine: Partial<PreflightContext> = {
      network: change.network,
      nowMs: Number(change.timing.createdAtMs),
      identity: { publicKey: change.committee[0]?.identityPk ?? named('x') } as unknown as Identity,
    };
    expect(failing({ ...mine, lock }, plan)).toEqual([]);
    const wrong = 'fail active epoch equals definition';
    expect(failing({ ...mine, lock: undefined }, plan)).toEqual([wrong]);
    expect(failing({ ...mine, lock: firstEpoch(4, 3, 'two').lock }, plan)).toEqual([wrong]);
    expect(failing({ ...mine, lock, isFrozen: true }, plan)).toEqual(['fail not committed elsewhere']);
    expect(failing({ ...mine, lock, isQuarantined: true }, plan)).toEqual(['fail not in quarantine']);
  });

  it('refuses a sequence behind which there is no other, and a date that is still to come', () => {
    const failingAt = (sequence: bigint, createdAtMs = 1n, nowMs = 1): readonly string[] => {
      const timing = { ...definition.timing, createdAtMs, acceptByMs: createdAtMs + 10n };
      return failing({ nowMs }, { definition: { ...definition, sequence, timing }, signatures: [] });
    };
    const [hour, step] = [3_600_000n, 1_000_000n];
    expect(failingAt(hour + 1n)).toEqual([]);
    expect(failingAt(hour + 2n)).toEqual(['fail sequence leaves room']);
    expect(failingAt(2n ** 64n - 1n)).toEqual(['fail sequence leaves room']);
    expect(failingAt(1n, hour + 1n)).toEqual([]);
    expect(failingAt(1n, hour + 2n)).toEqual(['fail made before now']);
    // Where numbers are above the time already, they go on in small steps.
    const made = { ...lock.definition, definition: { ...lock.definition.definition, sequence: 2n ** 60n } };
    const previous = { ...lock, definition: made };
    const plan = (sequence: bigint) => ({
      definition: { ...changeOf(lock, { sequence }), policyHash: policyHash(policy) },
      signatures: [],
      previous,
    });
    const mine = { network: definition.network, lock, nowMs: Number(changeOf(lock).timing.createdAtMs) };
    expect(failing(mine, plan(2n ** 60n + step))).toEqual([]);
    expect(failing(mine, plan(2n ** 60n + step + 1n))).toEqual(['fail sequence leaves room']);
  });

  it('wants no key where this node joins', () => {
    const change = changeOf(lock, { committee: [1, 2, 3, 4, 5] });
    const plan = {
      definition: { ...change, policyHash: policyHash(policy) },
      signatures: [],
      previous: lock,
    };
    const joining: Partial<PreflightContext> = {
      network: change.network,
      nowMs: Number(change.timing.createdAtMs),
      identity: { publicKey: change.committee.at(-1)?.identityPk ?? named('x') } as unknown as Identity,
    };
    expect(failing({ ...joining, lock: undefined }, plan)).toEqual([]);
    expect(failing({ ...joining, lock }, plan)).toEqual(['fail active epoch equals definition']);
  });
});
