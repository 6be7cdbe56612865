import { describe, expect, it } from 'vitest';

import { equalBytes } from '../../../../src/crypto/bytes.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { SIGNED_BYTES, parseEnvelope, parseSigned } from '../../../../src/protocols/kernel/envelope.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import { extensionOpening } from '../../../../src/protocols/presign/accuse.ts';
import { dealKey, idleParty, quorumsOf } from '../../../sim/signing.ts';
import { made, opening, runForged, three, two } from '../../../byz/forgers.ts';

/** What is signed by whom, in the order of the evidence: round, sender, addressee. */
const slotsOf = (envelopes: readonly Uint8Array[]): readonly string[] =>
  envelopes.map((bytes) => {
    const { header } = bytes.length === SIGNED_BYTES ? parseSigned(bytes) : parseEnvelope(bytes);
    return `${header.round} ${header.from} ${header.to}`;
  });

describe('what an accuser shows', () => {
  it('of an extension: its own R list, the answer to it, and who has confirmed what', () => {
    const evidence = opening(runForged(2, made.extension), 'extension-opening');
    expect(slotsOf(evidence.envelopes).slice(0, 6)).toEqual([
      '2 2 3',
      '1 3 2',
      '1 1 0',
      '1 2 0',
      '1 3 0',
      '2 2 0',
    ]);
    expect(evidence).toMatchObject({ accused: two, check: 'P6' });
    expect([evidence.seed.length, evidence.salt.length]).toEqual([32, 32]);
  });

  it('of a product: one instance, and both messages of the other one', () => {
    const evidence = opening(runForged(3, made.product), 'product-opening');
    const rounds = [1, 2].flatMap((round) => [1, 2, 3].map((j) => `${round} ${j} 0`));
    expect(slotsOf(evidence.envelopes).slice(0, 10)).toEqual(['3 2 3', '1 2 3', '2 3 2', ...rounds, '3 2 0']);
    expect(evidence).toMatchObject({ accused: two, check: 'P10', instance: 1 });
  });

  it('is a copy: the session wipes what it has received, and the evidence stays', () => {
    const { offer, product } = opening(runForged(3, made.product), 'product-opening');
    for (const { plaintext } of [offer, product])
      expect(equalBytes(plaintext, new Uint8Array(plaintext.length))).toBe(false);
  });

  it('never is a message that did not open', () => {
    const key = dealKey(3, 4);
    const party = idleParty(key, quorumsOf(key)[0] ?? []);
    const shut = {
      kind: 'undecryptable',
      envelope: new Uint8Array(0),
      reveal: () => ({ shared: new Uint8Array(33), proof: new Uint8Array(64) }),
    } as const;
    const reply = { ...emptyReply, directs: new Map([[three, shut]]) };
    expect(() => extensionOpening(party, three, new Uint8Array(32), [reply, reply])).toThrow(Bug);
  });
});
