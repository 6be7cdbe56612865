import { describe, expect, it } from 'vitest';

import { equalBytes, xorBytes } from '../../../../src/crypto/bytes.ts';
import { coinFlip } from '../../../../src/protocols/example/coin-flip.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import type { PartyIndex } from '../../../../src/crypto/brand.ts';
import type { Rng } from '../../../../src/crypto/secp256k1.ts';
import type { Protocol } from '../../../../src/protocols/kernel/protocol.ts';
import { setup } from '../../../../src/protocols/kernel/setup.ts';
import type { Spec } from '../../../../src/protocols/kernel/spec.ts';
import { members, rngOf, specFor } from '../../../sim/cluster.ts';
import { type Cheat, type Run, runLockstep } from '../support/lockstep.ts';

function* body(spec: Spec, self: PartyIndex, rng: Rng): Protocol<Uint8Array> {
  return yield* coinFlip(yield* setup(spec, self, rng));
}

function flip(cheat?: Cheat, label = 'coin'): Run<Uint8Array> {
  const of = members(3);
  const spec = specFor(of, { proto: protos.coinFlip, threshold: 2 });
  const players = of.map(({ index, seed }) => {
    const rng = rngOf(label, index);
    return { index, seed, rng, body: body(spec, index, rng) };
  });
  return runLockstep(spec, players, cheat);
}

const coins = (run: Run<Uint8Array>): readonly Uint8Array[] =>
  [...run.endings.values()].flatMap((ending) => (ending.kind === 'done' ? [ending.output] : []));

describe('the coin flip', () => {
  it('shows all parties one coin of 32 bytes', () => {
    const [a, b, c] = coins(flip());
    expect(a).toHaveLength(32);
    expect(b).toEqual(a);
    expect(c).toEqual(a);
  });

  it('falls differently with other randomness', () => {
    expect(coins(flip(undefined, 'another'))[0]).not.toEqual(coins(flip())[0]);
  });

  it('names a party that chooses its coin after the others, and only it', () => {
    const wanted = new Uint8Array(32);
    const run = flip((sending, { name, from, others }) =>
      name === 'coin-flip/open' && from === 3
        ? {
            ...sending,
            broadcast: [...others.values()].map(({ broadcast }) => broadcast).reduce(xorBytes, wanted),
          }
        : sending,
    );
    for (const j of [...run.endings.keys()].slice(0, 2)) {
      const ending = run.endings.get(j);
      expect(ending?.kind === 'aborted' && [ending.abort.code, ...ending.abort.culprits]).toEqual([
        'bad-opening',
        3,
      ]);
    }
  });

  it('names a party whose coin has another length', () => {
    const run = flip((sending, { name, from }) =>
      name === 'coin-flip/open' && from === 2 ? { ...sending, broadcast: new Uint8Array(31) } : sending,
    );
    const [first] = [...run.endings.values()];
    expect(first?.kind === 'aborted' && [first.abort.code, ...first.abort.culprits]).toEqual([
      'malformed',
      2,
    ]);
    expect(coins(run).some((coin) => equalBytes(coin, new Uint8Array(32)))).toBe(false);
  });
});
