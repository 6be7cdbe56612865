import { describe, expect, it } from 'vitest';

import { type Plan, writeDefinition } from '../../../src/chain/definition-file.ts';
import { type PartyIndex, partyIndex } from '../../../src/crypto/brand.ts';
import { concat } from '../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { identityPublicKey, signFor } from '../../../src/crypto/ed25519.ts';
import { Ceremonies, type CeremoniesDeps } from '../../../src/node/ceremonies.ts';
import { type CeremonyMessage, ceremonyMessageCodec } from '../../../src/node/ceremony/messages.ts';
import { refreshPlan } from '../../../src/node/epochs/refresh.ts';
import { policyHash } from '../../../src/node/policy/policy.ts';
import { definitionHash } from '../../../src/protocols/ceremony/definition.ts';
import { policy } from '../../stories/house.ts';
import { firstEpoch, seedOf } from '../audit/support/epochs.ts';
import { handClock, memoryDisk, memoryLog } from './helpers.ts';

const { lock } = firstEpoch(4, 3);
const { network, timing } = lock.definition.definition;
const everyMs = 1_000_000;
const dueMs = Number(timing.createdAtMs) + everyMs;
const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;

/** A refresh that is due, by the member with this index. */
const due = (index: number, ahead = 0): Plan =>
  refreshPlan(lock, partyIndex(index), { nowMs: dueMs + ahead, policyHash: policyHash(policy) });
/** A change that people have agreed on. */
function agreed(): Plan {
  const { definition, ...plan } = due(1, 10_000);
  return { ...plan, definition: { ...definition, name: 'without the fourth' } };
}
const idOf = (plan: Plan): Uint8Array => definitionHash(plan.definition);

/** The first member, at a time when the refresh is due. */
function member(isConsented: boolean) {
  const told: CeremonyMessage[] = [];
  const disk = memoryDisk();
  const clock = { ...handClock(), nowMs: () => dueMs + 20_000 };
  const identity = {
    publicKey: identityPublicKey(seedOf(1)),
    sign: (purpose: 'definition', hash: Uint8Array) => signFor(purpose, seedOf(1), hash),
  };
  const membership = {
    peers: () => [],
    tellCeremony: (bytes: Uint8Array) => told.push(decode(ceremonyMessageCodec, bytes.slice(32))),
  };
  const ceremonies = new Ceremonies({
    ...{ identity, disk, clock, log: memoryLog(), name: 'node-1' },
    folders: { ceremonies: 'ceremonies', wal: 'wal' },
    custody: { pendingOf: () => [] },
    service: { lock: () => lock, key: () => undefined, membership: () => membership },
    refresh: { everyMs, isConsented },
    preflight: { network, policy },
    // Only what these tests reach.
  } as unknown as CeremoniesDeps);
  const hear = (from: PartyIndex, plan: Plan): void => {
    const message = { kind: 'proposal', definition: writeDefinition(plan) } as const;
    ceremonies.receive(from, concat(idOf(plan), encode(ceremonyMessageCodec, message)));
  };
  return { ceremonies, told, hear };
}

describe('a refresh that a member proposes and does not execute', () => {
  it.each([
    [false, 'proposed'],
    [true, 'accepted'],
  ])('makes room for what the operator brings (standing consent: %s)', (isConsented, state) => {
    const { ceremonies, told, hear } = member(isConsented);
    hear(partyIndex(2), due(2));
    expect(ceremonies.view).toMatchObject({ state });
    told.splice(0);
    const own = ceremonies.open(agreed());
    expect(own.id).toEqual(idOf(agreed()));
    expect(told).toMatchObject([{ kind: 'farewell', reason: 'rejected-by-peer' }]);
    // The next one of the member finds the place taken.
    hear(partyIndex(2), due(2, 1));
    own.accept();
    expect(ceremonies.view).toMatchObject({ name: 'without the fourth', state: 'accepted' });
  });

  it('stays when the operator has accepted it, and when he has joined it', () => {
    for (const take of ['accept', 'join'] as const) {
      const { ceremonies, hear } = member(false);
      hear(partyIndex(2), due(2));
      if (take === 'join') expect(ceremonies.open(due(2)).state).toBe('proposed');
      else ceremonies.named(String(ceremonies.view?.id)).accept();
      expect(() => ceremonies.open(agreed())).toThrow(code('ceremony-in-progress'));
    }
  });

  it('stays where what the operator brings cannot be taken up', () => {
    const { ceremonies, hear } = member(false);
    const own = ceremonies.open(agreed());
    own.abort();
    hear(partyIndex(2), due(2));
    expect(() => ceremonies.open(agreed())).toThrow(code('would-overwrite'));
    expect(ceremonies.view).toMatchObject({ name: 'scheduled refresh', state: 'proposed' });
  });
});

it('a refresh that this node itself has proposed by schedule makes room too', () => {
  const { ceremonies, told } = member(false);
  ceremonies.propose(due(1));
  expect(ceremonies.view).toMatchObject({ state: 'gathering' });
  expect(ceremonies.open(agreed()).id).toEqual(idOf(agreed()));
  expect(told.at(-1)).toMatchObject({ kind: 'farewell', reason: 'rejected-by-peer' });
});

it('what an operator has brought makes room for nothing', () => {
  const { ceremonies, hear } = member(true);
  ceremonies.open(agreed());
  hear(partyIndex(2), due(2));
  expect(() => ceremonies.open(due(3))).toThrow(code('ceremony-in-progress'));
});
