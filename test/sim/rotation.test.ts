import { expect, it } from 'vitest';

import { envelopeKinds, parseEnvelope, protos, sealEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { roundNumbers } from '../../src/protocols/sign/messages.ts';
import { concat } from '../../src/crypto/bytes.ts';
import { named } from '../unit/node/helpers.ts';
import { type Letter, Runtimes, request } from './runtimes.ts';

/** Gives a wrong share of every signature: of all that is seen, only the sum is wrong. */
const spoiling =
  (nodes: () => Runtimes, culprit: number) =>
  (letter: Letter): readonly Letter[] => {
    if (letter.from !== culprit || letter.channel !== 'session') return [letter];
    const [name, envelope] = [letter.bytes.slice(0, 32), letter.bytes.slice(32)];
    const { header, body } = parseEnvelope(envelope);
    const isShare =
      header.proto === protos.sign &&
      header.kind === envelopeKinds.broadcast &&
      header.round === roundNumbers.share;
    if (!isShare) return [letter];
    const seed = nodes().key.members.find(({ index }) => index === culprit)?.seed ?? named('nobody');
    const changed = body.slice();
    changed[95] = (changed[95] ?? 0) ^ 1; // the last byte of w, behind presigId and tuple
    return [{ ...letter, bytes: concat(name, sealEnvelope(header, changed, seed).bytes) }];
  };

it.each([2, 3, 4])(
  'a member (%i) that spoils every signature is left out within ⌈n/(n−t)⌉ attempts, and nobody is blamed',
  async (culprit) => {
    const nodes: Runtimes = new Runtimes({ tamper: (letter) => spoiling(() => nodes, culprit)(letter) });
    const { runtime, key } = nodes.seat(1);
    for (const batchIndex of [1n, 2n]) {
      const asked = request(nodes.key, { batchIndex, nonce: batchIndex }, `spoilt ${batchIndex}`);
      const signed = await nodes.ending(runtime.sign(asked, { deadlineMs: 60_000 }));
      expect(signed.signers).not.toContain(culprit);
      expect(signed.attempt).toBeLessThanOrEqual(4);
    }
    const others = [2, 3, 4].filter((j) => j !== culprit);
    const suspicion = (j: number): number => {
      const member = key.record.members.find(({ index }) => index === j);
      return member === undefined ? 0 : key.suspicion.of(member.index);
    };
    for (const j of others) expect(suspicion(j)).toBeLessThanOrEqual(suspicion(culprit));
    for (const seat of nodes.seats) expect(seat.key.exclusions.members.size).toBe(0);
  },
);
