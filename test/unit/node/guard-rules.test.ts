import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ascii, toHex } from '../../../src/crypto/bytes.ts';
import { slotKey } from '../../../src/node/guard-record.ts';
import {
  type GuardClaim,
  GuardRegister,
  decide,
  decideFees,
  defaultGuardLimits,
} from '../../../src/node/guard-rules.ts';
import { named } from './helpers.ts';

const claim = (nonce: number, batch: number, content: string, fee: bigint): GuardClaim => ({
  slots: [
    { lane: 'nonce', scope: ascii('a'), number: BigInt(nonce) },
    { lane: 'batch', scope: ascii('inbox'), number: BigInt(batch) },
  ],
  kind: 'submit-batch',
  contentHash: named(content),
  digest: named(`${content}/${nonce}/${fee}`),
  fees: { maxFeePerGas: fee, maxPriorityFeePerGas: fee },
  feeCaps: { maxFeePerGas: 500n, maxPriorityFeePerGas: 500n },
  requestHash: named('r'),
  presigId: named('p'),
  tau0: named('t'),
  posRef: new Uint8Array(),
  boot: 1n,
  epoch: 0,
});

test('whatever is asked, a slot never holds two contents, nor more than nine steps', () => {
  const asked = fc.record({
    nonce: fc.integer({ min: 0, max: 4 }),
    batch: fc.integer({ min: 0, max: 4 }),
    content: fc.constantFrom('A', 'B', 'C'),
    fee: fc.bigInt(1n, 600n),
  });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 60 }), (requests) => {
      const register = new GuardRegister();
      const held = new Map<string, Set<string>>();
      const steps = new Map<string, number>();
      for (const { nonce, batch, content, fee } of requests) {
        const wanted = claim(nonce, batch, content, fee);
        const verdict = decide(register, wanted, defaultGuardLimits);
        if (verdict.kind === 'refused') continue;
        for (const slot of wanted.slots)
          held.set(slotKey(slot), (held.get(slotKey(slot)) ?? new Set()).add(toHex(wanted.contentHash)));
        if (verdict.kind === 'repeat') continue;
        for (const slot of wanted.slots) steps.set(slotKey(slot), (steps.get(slotKey(slot)) ?? 0) + 1);
        register.apply({ kind: 'share', record: { ...wanted, feeStep: 0 } });
      }
      expect([...held.values()].every((contents) => contents.size === 1)).toBe(true);
      expect(Math.max(0, ...steps.values())).toBeLessThanOrEqual(9);
    }),
  );
});

test('a conflict shows the content that the slot holds', () => {
  const register = new GuardRegister();
  register.apply({ kind: 'share', record: { ...claim(0, 0, 'A', 10n), feeStep: 0 } });
  const verdict = decide(register, claim(0, 0, 'B', 10n), defaultGuardLimits);
  expect(verdict).toMatchObject({ kind: 'refused', reason: 'guard-conflict', recorded: named('A') });
});

test('a fee step is counted from the steps before it', () => {
  const before = [
    { maxFeePerGas: 10n, maxPriorityFeePerGas: 10n },
    { maxFeePerGas: 20n, maxPriorityFeePerGas: 20n },
  ];
  const fees = { maxFeePerGas: 22n, maxPriorityFeePerGas: 22n };
  expect(decideFees(before, fees, fees, defaultGuardLimits)).toEqual({ kind: 'fee-replacement', feeStep: 2 });
});

test('a member that was not asked for a while goes on from what L1 shows, and from nothing else', () => {
  const register = new GuardRegister();
  const { feeCaps: _caps, ...signed } = claim(2, 2, 'A', 10n);
  register.apply({ kind: 'share', record: { ...signed, feeStep: 0 } });
  const late = claim(9, 9, 'B', 10n);
  expect(decide(register, late, defaultGuardLimits)).toMatchObject({ reason: 'gap-too-large' });
  expect(decide(register, { ...late, reachedOnL1: () => 8n }, defaultGuardLimits)).toEqual({ kind: 'new' });
  const other = { ...claim(2, 2, 'C', 10n), reachedOnL1: () => 8n };
  expect(decide(register, other, defaultGuardLimits)).toMatchObject({ reason: 'guard-conflict' });
});

/** A register in which batch 1 has content A under nonce 1, and what L1 says of nonces and batches. */
const issued = (finalNonce: bigint, lastIndex: bigint) => {
  const register = new GuardRegister();
  const take = (wanted: GuardClaim) => {
    const verdict = decide(register, wanted, defaultGuardLimits);
    if (verdict.kind !== 'refused' && verdict.kind !== 'repeat')
      register.apply({ kind: 'share', record: { ...wanted, feeStep: 0 } });
    return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
  };
  const isVoidOnL1 = (nonce: bigint, batch: bigint) => nonce < finalNonce && batch > lastIndex;
  take(claim(0, 0, 'before', 10n));
  take(claim(1, 1, 'A', 10n));
  return (nonce: number, content: string, fee = 10n, more: Partial<GuardClaim> = {}) =>
    take({ ...claim(nonce, 1, content, fee), isVoidOnL1, ...more });
};

test('a content gets another nonce when the former is final and has not brought it to L1', () => {
  const ask = issued(2n, 0n);
  expect(ask(2, 'B')).toBe('guard-conflict');
  expect(ask(2, 'A', 10n, { isVoidOnL1: undefined })).toBe('reissue-unsupported');
  expect(ask(40, 'A')).toBe('gap-too-large');
  expect(ask(2, 'A')).toBe('new');
  expect(ask(2, 'A')).toBe('repeat');
  expect(ask(2, 'A', 20n)).toBe('fee-replacement');
  expect(ask(2, 'A', 21n)).toBe('fee-step-too-small');
  // The second nonce is not final yet, so there is no third.
  expect(ask(3, 'A')).toBe('reissue-unsupported');
  expect(ask(2, 'B')).toBe('guard-conflict');
});

test('only an index of batches is asked about on L1: nothing else has its place there', () => {
  const slotsAt = (nonce: bigint): GuardClaim['slots'] => [
    { lane: 'nonce', scope: ascii('a'), number: nonce },
    { lane: 'key-update', scope: ascii('inbox'), number: 1n },
  ];
  const ask = issued(9n, 0n);
  expect(ask(2, 'K', 10n, { slots: slotsAt(2n) })).toBe('new');
  expect(ask(3, 'K', 10n, { slots: slotsAt(3n) })).toBe('reissue-unsupported');
});

test('a content gets no other nonce while the former may be mined, or once L1 has its batch', () => {
  expect(issued(1n, 0n)(2, 'A')).toBe('reissue-unsupported');
  expect(issued(2n, 1n)(2, 'A')).toBe('reissue-unsupported');
  const other = [
    { lane: 'nonce', scope: ascii('b'), number: 2n },
    { lane: 'batch', scope: ascii('inbox'), number: 1n },
  ] as const;
  expect(issued(2n, 0n)(2, 'A', 10n, { slots: other })).toBe('reissue-unsupported');
});
