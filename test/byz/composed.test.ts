import { afterEach, describe, expect, it, vi } from 'vitest';

import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { concat } from '../../src/crypto/bytes.ts';
import { encode } from '../../src/crypto/codec.ts';
import type * as seal from '../../src/crypto/seal.ts';
import {
  type Envelope,
  type HeaderFields,
  envelopeKinds,
  sealEnvelope,
} from '../../src/protocols/kernel/envelope.ts';
import { exhibitCodec } from '../../src/protocols/kernel/notices.ts';
import { at } from '../../src/protocols/kernel/protocol.ts';
import type { KeygenOutput } from '../../src/protocols/keygen/keygen.ts';
import { type Ending, type Lie, abortsOf, faultsOf, record, runLie } from './harness.ts';
import { keygenScene } from './scenes.ts';

// How the liar seals: the rest of its program believes that it has sealed as it should.
const { bent } = vi.hoisted(() => ({
  bent: { what: undefined as 'ciphertext' | 'salt' | 'length' | undefined },
}));
vi.mock('../../src/crypto/seal.ts', async (original) => {
  const real = await original<typeof seal>();
  const FROM = 72; // low byte of the sender's index, in the associated data
  return {
    ...real,
    sealDirect: (...[key, round, aad, opened]: Parameters<typeof seal.sealDirect>) => {
      const what = aad[FROM] === 2 ? bent.what : undefined;
      if (what === 'salt') return real.sealDirect(key, round, aad, flipped(opened));
      const sealed = real.sealDirect(key, round, aad, opened);
      if (what === 'length') return Uint8Array.from([...sealed, 0]);
      return what === 'ciphertext' ? flipped(sealed) : sealed;
    },
  };
});
afterEach(() => {
  bent.what = undefined;
});

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, k) => (k === 0 ? byte ^ 1 : byte));
const scene = keygenScene([4, 3], 2);
const recording = record(scene);
const otherTime = record(keygenScene([4, 3], 2, 'byz at another time'));
const [one, three] = [partyIndex(1), partyIndex(3)];
const { seed } = at(new Map(scene.seats.map((seat) => [seat.index, seat])), scene.liar);

const isSlot = ({ header }: Envelope, kind: keyof typeof envelopeKinds, round: number): boolean =>
  header.kind === envelopeKinds[kind] && header.round === round;
const signed = (header: HeaderFields, body: Uint8Array): readonly Uint8Array[] => [
  sealEnvelope(header, body, seed).bytes,
];
const lengthened = (body: Uint8Array): Uint8Array => concat(body, Uint8Array.of(0));

/** Runs a lie under many schedules; nobody honest may be named in any of them. */
function runAll(bend: NonNullable<Lie['bend']>): readonly Ending<KeygenOutput>[] {
  return Array.from({ length: 20 }, (_, schedule) => {
    const ending = runLie(scene, recording, { bend }, schedule);
    expect(faultsOf(scene, ending, ({ epochId }) => epochId.join())).toEqual([]);
    return ending;
  });
}

const namesIn = (endings: readonly Ending<KeygenOutput>[]): ReadonlySet<PartyIndex> =>
  new Set(endings.flatMap(abortsOf).flatMap(({ culprits }) => culprits));

/** Another round 0 of the liar, which is as good as the first. */
const secondHello = (): Envelope => {
  const other = otherTime.envelopes.get(`0 0 ${scene.liar} 0`);
  if (other === undefined) throw new RangeError('no round 0');
  return other;
};

describe('lies in two steps, and an honest party that somebody tries to have named (ATK-P34)', () => {
  it('a round 0 that one has not heard, and then a message that is malformed: nobody goes on', () => {
    const endings = runAll((envelope, to) => {
      if (isSlot(envelope, 'broadcast', 0) && to === three) return [];
      return isSlot(envelope, 'broadcast', 1)
        ? signed(envelope.header, lengthened(envelope.body))
        : [envelope.bytes];
    });
    expect(new Set(endings.flatMap(abortsOf).map(({ grade }) => grade))).toEqual(new Set(['D']));
  });

  it('two rounds 0, and then a message that is malformed', () => {
    const endings = runAll((envelope, to) => {
      if (isSlot(envelope, 'broadcast', 0) && to === three)
        return signed(envelope.header, secondHello().body);
      return isSlot(envelope, 'broadcast', 1)
        ? signed(envelope.header, lengthened(envelope.body))
        : [envelope.bytes];
    });
    expect(namesIn(endings)).toEqual(new Set([scene.liar]));
  });

  it('two commitments, then silence towards one: who could not show its headers is not named', () => {
    const endings = runAll((envelope, to) => {
      if (isSlot(envelope, 'broadcast', 1) && to === three)
        return signed(envelope.header, new Uint8Array(32).fill(9));
      if (envelope.header.round > 1 && to === three) return [];
      return [envelope.bytes];
    });
    expect([...namesIn(endings)].filter((j) => j !== scene.liar)).toEqual([]);
  });

  it('a dispute about a round that nobody doubts, at any time', () => {
    for (const disputed of [0, 1, 2]) {
      const endings = runAll((envelope) => {
        if (!isSlot(envelope, 'broadcast', 3)) return [envelope.bytes];
        const { header } = envelope;
        const name = at(recording.sessions, one).routingId;
        const notice = { ...header, kind: envelopeKinds.exhibit, sid: name };
        return [
          ...signed(notice, encode(exhibitCodec, { round: disputed, signed: [] })),
          ...signed(header, envelope.body),
        ];
      });
      expect([...namesIn(endings)]).toEqual([]);
    }
  });

  it('a view in round 0, where nothing has been seen yet: malformed, and nobody stops by mistake', () => {
    const endings = runAll((envelope) =>
      isSlot(envelope, 'broadcast', 0)
        ? signed({ ...envelope.header, view: new Uint8Array(32).fill(1) }, envelope.body)
        : [envelope.bytes],
    );
    for (const abort of endings.flatMap(abortsOf))
      expect(['malformed', 'peer-aborted', 'timed-out']).toContain(abort.code);
    expect(namesIn(endings)).toEqual(new Set([scene.liar]));
  });
});

describe('a direct message that its sender has signed, and that does not open (ATK-P43)', () => {
  it.each(['ciphertext', 'salt', 'length'] as const)(
    'because of its %s: the complaint convicts the sender',
    (what) => {
      bent.what = what;
      const endings = runAll((envelope) => [envelope.bytes]);
      const aborts = endings.flatMap(abortsOf);
      expect(new Set(aborts.map(({ grade, code }) => `${grade} ${code}`))).toEqual(
        new Set(['A share-mismatch']),
      );
      expect(namesIn(endings)).toEqual(new Set([scene.liar]));
    },
  );
});
