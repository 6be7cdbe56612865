import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../src/crypto/brand.ts';
import { concat, toHex } from '../../src/crypto/bytes.ts';
import { bootCounter, hedgedRng } from '../../src/crypto/hedged-rng.ts';
import type { Rng } from '../../src/crypto/secp256k1.ts';
import { envelopeKinds, parseEnvelope, protos, sealEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { roundNumbers } from '../../src/protocols/presign/messages.ts';
import { dealKey, runPresign } from '../sim/signing.ts';
import { rngOf as rngOfTest } from '../sim/cluster.ts';
import { flipAt, inDirect, lying } from '../sim/cheating.ts';
import { type Letter, Runtimes, request } from '../sim/runtimes.ts';
import { named } from '../unit/node/helpers.ts';

const culprit = partyIndex(2);
const quorumOf = (...indices: number[]) => indices.map((i) => partyIndex(i));

/** The session of a letter that carries an envelope. */
const sessionOf = ({ bytes }: Letter): string => toHex(bytes.slice(0, 32));

/** Member 2 opens other nonces than committed to, in the first session; its other sessions stand still. */
function withACulprit(): Runtimes {
  let first: string | undefined;
  const tamper = (letter: Letter): readonly Letter[] => {
    if (letter.channel !== 'session' || letter.from !== culprit) return [letter];
    const { header, body } = parseEnvelope(letter.bytes.slice(32));
    if (header.proto !== protos.presign) return [letter];
    first ??= sessionOf(letter);
    const isReveal = header.kind === envelopeKinds.broadcast && header.round === roundNumbers.multiply;
    if (sessionOf(letter) !== first) return header.round < roundNumbers.multiply ? [letter] : [];
    if (!isReveal) return [letter];
    const seed = nodes.key.members.find(({ index }) => index === culprit)?.seed ?? named('nobody');
    const salted = flipAt(4 + 34 * 2)(body);
    const { bytes } = sealEnvelope(header, salted, seed);
    return [{ ...letter, bytes: concat(letter.bytes.slice(0, 32), bytes) }];
  };
  const nodes: Runtimes = new Runtimes({ tamper });
  return nodes;
}

describe('ATK-P33 parallel sessions, one of which fails by a member’s fault', () => {
  it('ATK-P33: end at once with that member, with all others go on, and none is begun with it', async () => {
    const nodes = withACulprit();
    const { runtime, log } = nodes.seat(1);
    const ask = (index: bigint, ...signers: number[]): Promise<unknown> =>
      runtime
        .sign(request(nodes.key, { batchIndex: index }), {
          signers: quorumOf(...signers),
          deadlineMs: 60_000,
        })
        .catch((error: unknown) => error);
    const [cheated, parallel, clean] = [ask(1n, 1, 2, 3), ask(2n, 1, 2, 4), ask(3n, 1, 3, 4)];
    await nodes.pump(); // no time passes: nothing ends by a deadline
    const ends = log.lines
      .filter(({ event }) => event === 'presign session ended')
      .map(({ fields }) => fields['reason']);
    expect(ends.slice().sort()).toEqual(['bad-opening', 'party-excluded']);
    expect(await clean).toMatchObject({ signers: [1, 3, 4] });
    for (const failed of [cheated, parallel])
      expect(await nodes.ending(failed)).toMatchObject({ code: 'signing-failed' });
    const again = ask(4n, 1, 2, 3);
    expect(await nodes.ending(again)).toMatchObject({ code: 'signing-failed' });
    expect(nodes.seat(3).log.lines.map(({ fields }) => fields['reason'])).toContain('party-excluded');
  });
});

describe('ATK-P45 a member that makes session after session fail', () => {
  const key = dealKey(2, 3);
  const quorum = quorumOf(1, 2);
  const honest = partyIndex(1);
  /** Randomness of a node whose system gives the same bytes for ever: the worst that it may have. */
  const stuck = (sid: Uint8Array): Rng =>
    hedgedRng({
      ...{ nodeSecret: named('secret of the node'), bootId: named('boot').slice(0, 32), sid },
      ...{ counter: bootCounter(), fresh: (length: number) => new Uint8Array(length), label: 'presign' },
    });

  /** All secrets of the honest party in so many sessions, each of which fails at the multiplication. */
  function drawn(count: number, rngOf: (n: number) => Rng): readonly (readonly string[])[] {
    return Array.from({ length: count }, (_, n) => {
      const secrets: string[] = [];
      const draw = rngOf(n);
      const run = runPresign(key, quorum, 1, {
        position: BigInt(n),
        rng: (self) =>
          self === honest
            ? (length) => {
                const bytes = draw(length);
                secrets.push(toHex(bytes));
                return bytes;
              }
            : rngOfTest(`churn ${n}`, self),
        body: (self, program) =>
          self === culprit ? lying(program(), inDirect('presign/multiply', flipAt(0))) : program(),
      });
      expect(run.states.get(honest)).toMatchObject({ kind: 'aborted', abort: { culprits: [culprit] } });
      expect(secrets.length).toBeGreaterThan(4);
      return secrets;
    });
  }

  it('ATK-P45: finds no secret of one session in another, even where the system gives no randomness', () => {
    const sessions = drawn(8, (n) => stuck(named(`session ${n}`)));
    const all = sessions.flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it('ATK-P45: positive control, where nothing names the session all of them share their secrets', () => {
    const [one, two] = drawn(2, () => stuck(named('session')));
    expect(one).toEqual(two);
  });
});
