import { describe, expect, it, vi } from 'vitest';

import type * as meshes from '../../src/node/cluster/mesh.ts';
import type * as reshares from '../../src/protocols/reshare/reshare.ts';
import { keyOf } from './batches.ts';
import { type Post, type Script, activationIn, corrupt, ofRound, reform, withholding } from './liar.ts';
import {
  complete,
  everybody,
  expectNamed,
  failureOf,
  fourNodes,
  honest,
  liar,
  over,
  refresh,
  reformLiar,
} from './liars.ts';
import { change, expectEpoch } from './village.ts';

vi.mock('../../src/node/cluster/mesh.ts', async (original) => {
  const real = await original<typeof meshes>();
  const { lyingMesh } = await import('./liar.ts');
  return { ...real, Mesh: lyingMesh(real.Mesh) };
});
vi.mock('../../src/protocols/reshare/reshare.ts', async (original) => {
  const real = await original<typeof reshares>();
  const { lyingReshare } = await import('./liar.ts');
  return { ...real, reshare: lyingReshare(real.reshare) };
});

fourNodes(27_760);

describe('a member that is silent delays, and nobody is accused', () => {
  const silent = async (round: number): Promise<void> => {
    const isIt = (post: Post): boolean => ofRound(round)(post) || activationIn(post) !== undefined;
    const id = await refresh({ posts: withholding(isIt) }, 1_500);
    await over(id);
    expectNamed([]);
    for (const one of honest()) expect(failureOf(one, id)).toMatch(/node-2|ended it/);
    await expectEpoch(0, honest());
    reform();
  };

  it.each([
    ['its deal', 1],
    ['its vote', 2],
  ])('withholding %s: the next attempt succeeds', { timeout: 60_000 }, async (_, round) => {
    await silent(round);
    await change(everybody(), { kind: 'refresh' });
    await expectEpoch(1, everybody());
  });

  it(
    'withholding its acknowledgement: the same attempt succeeds when it speaks',
    { timeout: 60_000 },
    async () => {
      await silent(3);
      await reformLiar();
      await expectEpoch(1, everybody());
      expect(new Set(everybody().map((one) => keyOf(one).lockHash)).size).toBe(1);
    },
  );
});

describe('a member that says different things about its acknowledgement', () => {
  it.each<[string, Script]>([
    [
      'tells it to half of the members only',
      {
        posts: withholding((post) => ofRound(3)(post) || activationIn(post)?.kind === 'ack', [3, 4]),
      },
    ],
    [
      'sends its COMMIT to nobody',
      { posts: withholding((post) => ['commit', 'activation'].includes(activationIn(post)?.kind ?? '')) },
    ],
  ])('%s: all have the next epoch', { timeout: 60_000 }, async (_, script) => {
    await refresh(script, 2_000);
    await expectEpoch(1, everybody());
    expectNamed([]);
    expect(new Set(everybody().map((one) => keyOf(one).lockHash)).size).toBe(1);
  });

  it('brings words of a former change: they are nothing to the next one', { timeout: 60_000 }, async () => {
    const kept: Post[] = [];
    corrupt(liar().publicKey, {
      posts: (post) => {
        if (post.channel >= 3 && post.to === 1) kept.push(post);
        return [post.bytes];
      },
    });
    await change(everybody(), { kind: 'refresh' });
    await expectEpoch(1, everybody());
    const old = kept.splice(0);
    expect(old.length).toBeGreaterThan(2);
    const again = (post: Post): readonly Uint8Array[] => [
      ...old.filter(({ channel }) => channel === post.channel).map(({ bytes }) => bytes),
      post.bytes,
    ];
    await complete(await refresh({ posts: again }), everybody());
    await expectEpoch(2, everybody());
    expectNamed([]);
  });
});
