import { describe, expect, it } from 'vitest';

import type { PartyIndex } from '../../src/crypto/brand.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { type Schema, leavesOf } from '../../src/crypto/codec.ts';
import { judge } from '../../src/protocols/judge.ts';
import { emptyReply } from '../../src/protocols/kernel/endings.ts';
import { protos } from '../../src/protocols/kernel/envelope.ts';
import type { Effect, Protocol, Reply, Sending } from '../../src/protocols/kernel/protocol.ts';
import { Session } from '../../src/protocols/kernel/session.ts';
import type { SessionState } from '../../src/protocols/kernel/session-state.ts';
import { helloCodec } from '../../src/protocols/kernel/setup.ts';
import type { KeygenOutput } from '../../src/protocols/keygen/keygen.ts';
import {
  certificationCodec,
  commitmentCodec,
  confirmationCodec,
  dealCodec,
  revealCodec,
} from '../../src/protocols/keygen/messages.ts';
import { replayKeygen } from '../../src/protocols/keygen/replay.ts';
import { keygenBody, three, two } from '../unit/protocols/support/keygen-run.ts';
import { Cluster, members, rngOf, specFor } from './cluster.ts';

type Change = (sending: Sending) => Sending;

/** A party whose messages are changed before they are signed. Its own bugs are its own business. */
function* bent(body: Protocol<KeygenOutput>, change: Change): Protocol<KeygenOutput> {
  let next: IteratorResult<Effect, KeygenOutput> = body.next(nothing);
  while (next.done !== true) {
    const effect = next.value;
    const reply: Reply = yield effect.kind === 'round' ? { ...effect, send: change(effect.send) } : effect;
    next = body.next(reply);
  }
  return next.value;
}
const nothing: Reply = {
  broadcasts: new Map(),
  directs: new Map(),
  view: new Uint8Array(32),
  signed: () => new Uint8Array(0),
  sent: emptyReply.sent,
};

interface Outcome {
  readonly states: ReadonlyMap<PartyIndex, SessionState<KeygenOutput>>;
  readonly sessions: ReadonlyMap<PartyIndex, Session<KeygenOutput>>;
}

/** n sessions in random order of delivery; party 2 may cheat. */
function generate([n, threshold]: readonly [number, number], seed: number, change?: Change): Outcome {
  const of = members(n);
  const spec = specFor(of, { proto: protos.keygen, threshold });
  const sessions = new Map(
    of.map(({ index, seed: identitySeed }) => {
      const rng = rngOf(`sim ${n} ${threshold}`, index);
      const honest = keygenBody(spec, index, identitySeed, rng);
      const body = change !== undefined && index === two ? bent(honest, change) : honest;
      const session = new Session<KeygenOutput>({
        spec,
        self: index,
        identitySeed,
        rng,
        body,
        judge,
        outputHash: ({ epochId }) => epochId,
        maxBodyBytes: 100_000,
      });
      return [index, session];
    }),
  );
  return { states: new Cluster(sessions, seed).run(), sessions };
}

const outputs = ({ states }: Outcome): readonly KeygenOutput[] =>
  [...states.values()].flatMap((state) => (state.kind === 'done' ? [state.output] : []));

describe('key generation by sessions, in any order of delivery', () => {
  for (const [n, t] of [
    [3, 2],
    [4, 3],
    [5, 3],
  ] as const)
    it(`gives ${n} parties one key with threshold ${t}, and transcripts that replay to it`, () => {
      for (let seed = 0; seed < 3; seed++) {
        const outcome = generate([n, t], seed);
        const all = outputs(outcome);
        expect(all).toHaveLength(n);
        expect(new Set(all.map(({ epochId }) => toHex(epochId))).size).toBe(1);
        for (const session of outcome.sessions.values()) {
          const { spec, broadcasts } = session.transcript();
          const replay = replayKeygen(spec, broadcasts);
          expect(replay.isCertified).toBe(true);
          expect(replay.findings.filter(({ ok }) => !ok)).toEqual([]);
          expect(replay.result?.epochId).toEqual(all[0]!.epochId);
        }
      }
    });
});

/** Every message of key generation, and what describes its fields. */
const messages: readonly (readonly [name: string, schema: Schema, isDirect: boolean])[] = [
  ['setup', helloCodec.schema, false],
  ['keygen/commit', commitmentCodec.schema, false],
  ['keygen/reveal', revealCodec(2).schema, false],
  ['keygen/reveal', dealCodec.schema, true],
  ['keygen/confirm', confirmationCodec.schema, false],
  ['keygen/certify', certificationCodec.schema, false],
];

/** The bytes of a message with the last bit of one field turned over. */
function altered(schema: Schema, bytes: Uint8Array, field: number): Uint8Array {
  const leaf = leavesOf(schema, bytes)[field];
  if (leaf === undefined) return bytes;
  const at = leaf.offset + leaf.length - 1;
  return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
}

/** How many fields a message has, in an honest run. */
function fieldsOf(name: string, schema: Schema, isDirect: boolean): readonly string[] {
  let found: readonly string[] = [];
  generate([3, 2], 0, (sending) => {
    const bytes = isDirect ? sending.directs?.get(three) : sending.broadcast;
    if (sending.name === name && bytes !== undefined) found = leavesOf(schema, bytes).map(({ path }) => path);
    return sending;
  });
  return found;
}

describe('one changed field of one message', () => {
  for (const [name, schema, isDirect] of messages)
    for (const [field, path] of fieldsOf(name, schema, isDirect).entries())
      it(`${name}${isDirect ? ' (direct)' : ''} ${path}: names its sender alone, or harms nothing`, () => {
        const outcome = generate([3, 2], field, (sending) => {
          if (sending.name !== name) return sending;
          if (!isDirect) return { ...sending, broadcast: altered(schema, sending.broadcast, field) };
          const directs = new Map(
            [...(sending.directs ?? [])].map(([j, bytes]) => [
              j,
              j === three ? altered(schema, bytes, field) : bytes,
            ]),
          );
          return { ...sending, directs };
        });
        const honest = [...outcome.states].filter(([j]) => j !== two);
        const culprits = honest.flatMap(([, state]) =>
          state.kind === 'aborted' ? state.abort.culprits : [],
        );
        expect(culprits.every((j) => j === two)).toBe(true);
        // A nonce in round 0 is free to be anything, but its proof binds it; nothing else is free.
        for (const [, state] of honest)
          expect([state.kind, state.kind === 'aborted' && state.abort.grade]).toEqual(['aborted', 'A']);
        expect(new Set(culprits)).toEqual(new Set([two]));
      });
});
