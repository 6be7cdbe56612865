import { describe, expect, it, vi } from 'vitest';

import type * as meshes from '../../src/node/cluster/mesh.ts';
import type * as reshares from '../../src/protocols/reshare/reshare.ts';
import { partyIndex } from '../../src/crypto/brand.ts';
import { concat } from '../../src/crypto/bytes.ts';
import { encode } from '../../src/crypto/codec.ts';
import { loadIdentity } from '../../src/node/identity.ts';
import type { EpochRecord } from '../../src/protocols/epoch.ts';
import { envelopeKinds, parseEnvelope, sealEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { votingCodec } from '../../src/protocols/reshare/messages.ts';
import { flipAt, inBroadcast, inDirect } from '../sim/cheating.ts';
import { keyOf } from './batches.ts';
import { type Resident, newestLock, until } from './house.ts';
import { type Post, type Script, activationIn, envelopeIn, reform, withholding } from './liar.ts';
import {
  complete,
  convictedBy,
  everybody,
  evidenceOf,
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

fourNodes(27_740);

/** One file of evidence, which convicts the liar before anybody. */
async function convicts(one: Resident, old: EpochRecord): Promise<void> {
  const papers = (): readonly string[] =>
    [...one.disk.files.keys()].filter((p) => p.endsWith('/transcript.jsonl'));
  await until('two transcripts', () => papers().length === 2);
  expect(evidenceOf(one).map((path) => convictedBy(one, path, old))).toEqual([2]);
}

/** A vector of points with one of them in the place of another. */
function copied(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const out = bytes.slice();
  out.set(bytes.slice(1 + 33 * from, 1 + 33 * (from + 1)), 1 + 33 * to);
  return out;
}
/** Shows a message that nobody has signed. */
const falseComplaint = {
  kind: 'bad-share',
  signed: new Uint8Array(271),
  salt: new Uint8Array(32),
  plaintext: new Uint8Array(64),
} as const;

describe('a member that deals wrongly is left out, and the epoch changes without its deal', () => {
  it.each<[string, Script]>([
    ['another constant term', { says: inBroadcast('reshare/deal', (bytes) => copied(bytes, 1, 0)) }],
    ['a share off its polynomial', { says: inDirect('reshare/deal', flipAt(31), [partyIndex(3)]) }],
    ['another chain code', { says: inDirect('reshare/deal', flipAt(63), [partyIndex(4)]) }],
  ])('%s', { timeout: 60_000 }, async (_, script) => {
    const old = newestLock(liar()).record;
    const id = await refresh(script);
    await complete(id);
    expectNamed(['node-2']);
    for (const one of honest()) {
      await convicts(one, old);
      const { certificate } = newestLock(one);
      if (certificate.kind !== 'activation') throw new RangeError('no change of epochs');
      expect(certificate.prepared.dealers.map((dealer) => dealer.index)).toEqual([1, 3, 4]);
    }
    reform();
    await expectEpoch(1, everybody());
  });
});

describe('a member that lies so that no epoch can come of it is named, and the old epoch goes on', () => {
  it.each<[string, Script, string]>([
    [
      'a polynomial of a higher degree',
      { says: inBroadcast('reshare/deal', (bytes) => concat(bytes, bytes.slice(-33))) },
      'malformed',
    ],
    [
      'a complaint about an honest dealer',
      {
        says: inBroadcast('reshare/vote', () =>
          encode(votingCodec(4), {
            kind: 'vote',
            opinions: [falseComplaint, ...Array.from({ length: 3 }, () => ({ kind: 'ok' }) as const)],
          }),
        ),
      },
      'false-complaint',
    ],
  ])('%s', { timeout: 60_000 }, async (_, script, code) => {
    const old = newestLock(liar()).record;
    const id = await refresh(script);
    await over(id);
    expectNamed(['node-2']);
    for (const one of honest()) {
      expect(failureOf(one, id)).toContain(`[${code}]`);
      await convicts(one, old);
      expect(keyOf(one).epoch).toBe('0');
    }
    reform();
    await expectEpoch(0, honest());
    await change(everybody(), { kind: 'refresh' });
    await expectEpoch(1, everybody());
  });

  it('an acknowledgement of a share that it has not got, until it is true', { timeout: 60_000 }, async () => {
    const id = await refresh({
      says: inBroadcast('reshare/acknowledge', flipAt(-1)),
      posts: withholding((post) => activationIn(post) !== undefined),
    });
    await over(id);
    expectNamed(['node-2']);
    for (const one of honest()) expect(failureOf(one, id)).toContain('[bad-proof]');
    await expectEpoch(0, honest());
    await reformLiar();
    await expectEpoch(1, everybody());
  });

  it('two different deals, to different members', { timeout: 60_000 }, async () => {
    const { disk, master } = liar();
    const twice = (post: Post): readonly Uint8Array[] => {
      const header = envelopeIn(post);
      if (header?.kind !== envelopeKinds.broadcast || header.round !== 1 || post.to !== 3)
        return [post.bytes];
      const { body } = parseEnvelope(post.bytes.slice(32));
      // The last two coefficients change places.
      const other = concat(body.slice(0, -66), body.slice(-33), body.slice(-66, -33));
      const resealed = loadIdentity(disk, master, 'keys').lend((seed) => sealEnvelope(header, other, seed));
      return [concat(post.bytes.slice(0, 32), resealed.bytes)];
    };
    const id = await refresh({ posts: twice });
    await over(id);
    expectNamed(['node-2']);
    reform();
    await expectEpoch(0, honest());
  });
});
