import { describe, expect, it } from 'vitest';

import { toHex } from '../../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import {
  type HandshakeEnd,
  type HandshakeSelf,
  OPENING_BYTES,
  PROOF_BYTES,
  initiate,
  respond,
} from '../../../../src/node/cluster/handshake.ts';
import { DEFINITION, rosterOf, seedOf, selfOf } from '../../../sim/meshes.ts';
import { seededRng } from '../../../sim/random.ts';

const roster = rosterOf(3);
const [, second] = roster;
if (second === undefined) throw new Error('a roster of three has a second member');

interface Sides {
  readonly a?: HandshakeSelf;
  readonly b?: HandshakeSelf;
  /** Rewrites message 1 to 4. */
  readonly wire?: (frame: Uint8Array, number: number) => Uint8Array;
  readonly seed?: number;
}
interface Ends {
  readonly a: HandshakeEnd | undefined;
  readonly b: HandshakeEnd | undefined;
  readonly frames: readonly Uint8Array[];
}

/** Runs both sides; a side that never ends, because the other has closed, has no end. */
function shake({ a, b, wire = (frame) => frame, seed = 1 }: Sides = {}): Ends {
  const left = initiate(a ?? selfOf('node-1', roster), second ?? roster[0]!, seededRng(seed));
  const right = respond(b ?? selfOf('node-2', roster), seededRng(seed + 1000));
  right.next();
  const frames: Uint8Array[] = [];
  const carried = (frame: Uint8Array): Uint8Array => {
    frames.push(frame);
    return wire(frame, frames.length);
  };
  let step = left.next();
  for (;;) {
    if (step.done === true) return { a: step.value, b: undefined, frames };
    if (step.value === undefined) throw new Error('the initiator always sends');
    const answer = right.next(carried(step.value));
    const frame = answer.done === true ? answer.value.last : answer.value;
    if (frame === undefined)
      return { a: undefined, b: answer.done === true ? answer.value : undefined, frames };
    step = left.next(carried(frame));
    if (answer.done === true)
      return { a: step.done === true ? step.value : undefined, b: answer.value, frames };
  }
}
const reasons = ({ a, b }: Ends): string =>
  [a, b].map((end) => (end === undefined ? '-' : end.kind === 'done' ? 'done' : end.reason)).join(' ');

describe('a handshake', () => {
  it('ends with the other side known, and with one key per direction', () => {
    const { a, b } = shake();
    if (a?.kind !== 'done' || b?.kind !== 'done') throw new Error('both are done');
    expect([a.peer.name, b.peer.name]).toEqual(['node-2', 'node-1']);
    expect(a.keys.send).toEqual(b.keys.receive);
    expect(b.keys.send).toEqual(a.keys.receive);
    expect(a.keys.send).not.toEqual(a.keys.receive);
    expect(b.hello).toEqual(selfOf('node-1', roster).hello);
    expect(a.hello).toEqual(selfOf('node-2', roster).hello);
  });

  it('has messages of fixed lengths', () => {
    expect(shake().frames.map((frame) => frame.length)).toEqual([
      OPENING_BYTES,
      OPENING_BYTES,
      PROOF_BYTES,
      PROOF_BYTES,
    ]);
  });

  it('has other keys and other bytes every time', () => {
    const [one, two] = [shake({ seed: 1 }), shake({ seed: 2 })];
    if (one.a?.kind !== 'done' || two.a?.kind !== 'done') throw new Error('both are done');
    expect(one.a.keys.send).not.toEqual(two.a.keys.send);
    one.frames.forEach((frame, i) => expect(frame).not.toEqual(two.frames[i]));
  });

  it('shows no identity to who reads the wire', () => {
    const wire = shake().frames.map(toHex).join('');
    for (const { identityPublicKey: key } of roster) expect(wire).not.toContain(toHex(key));
    expect(wire).not.toContain(toHex(DEFINITION));
  });

  it('fails, without naming anybody, when any bit of any message is changed', () => {
    const lengths = [OPENING_BYTES, OPENING_BYTES, PROOF_BYTES, PROOF_BYTES];
    lengths.forEach((length, i) => {
      for (let at = 0; at < length; at += 7) {
        const wire = (frame: Uint8Array, number: number): Uint8Array => {
          if (number !== i + 1) return frame;
          const changed = frame.slice();
          changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
          return changed;
        };
        const ends = shake({ wire });
        const isLast = i === 3;
        expect(ends.a?.kind === 'done').toBe(false);
        if (!isLast) expect(ends.b?.kind === 'done').toBe(false);
        for (const end of [ends.a, ends.b])
          if (end?.kind === 'refused') {
            expect(['bad-handshake', 'version-mismatch']).toContain(end.reason);
            expect(end.peer).toBeUndefined();
          }
      }
    });
  });

  it('fails when a message is cut or lengthened by a byte', () => {
    for (const number of [1, 2, 3, 4])
      for (const change of [
        (f: Uint8Array) => f.slice(1),
        (f: Uint8Array) => f.slice(0, -1),
        (f: Uint8Array) => Uint8Array.of(...f, 0),
      ]) {
        const ends = shake({ wire: (frame, at) => (at === number ? change(frame) : frame) });
        expect(reasons(ends)).toMatch(number % 2 === 1 ? /^- bad-handshake$/ : /^bad-handshake (-|done)$/);
      }
  });

  it('of another version ends as that', () => {
    const ends = shake({
      wire: (frame, number) =>
        number === 1 ? Uint8Array.of(...frame.subarray(0, 9), 2, ...frame.subarray(10)) : frame,
    });
    expect(reasons(ends)).toBe('- version-mismatch');
    expect(ends.frames).toHaveLength(1);
  });

  it('is refused to who is not in the roster', () => {
    const stranger = selfOf('stranger', roster);
    const ends = shake({ a: stranger });
    expect(reasons(ends)).toBe('- unknown-identity');
    expect(ends.frames).toHaveLength(3);
  });

  it('is refused to who has our own key', () => {
    expect(reasons(shake({ a: selfOf('node-2', roster) }))).toBe('- own-identity');
  });

  it('is refused to who claims an identity without its key', () => {
    const liar = selfOf('node-1', roster, { seed: seedOf('liar') });
    const ends = shake({ a: { ...liar, identityPublicKey: identityPublicKey(seedOf('node-1')) } });
    expect(reasons(ends)).toBe('- bad-signature');
    expect(ends.b?.kind === 'refused' && ends.b.peer).toBeFalsy();
  });

  it('says nothing to who does not know whom it calls', () => {
    const ends = shake({ b: selfOf('node-3', roster) });
    expect(reasons(ends)).toBe('- bad-handshake');
    expect(ends.frames).toHaveLength(1);
  });

  it('finds that the answer comes from another identity', () => {
    const posing = selfOf('node-3', roster, { identityPublicKey: identityPublicKey(seedOf('node-2')) });
    expect(reasons(shake({ b: posing }))).toMatch(/^bad-signature /);
  });

  it('names a proven member with another definition, on both sides', () => {
    const { a, b } = shake({ b: selfOf('node-2', roster, { rosterHash: new Uint8Array(32) }) });
    expect(a).toMatchObject({ kind: 'refused', reason: 'definition-mismatch', peer: { name: 'node-2' } });
    expect(b).toMatchObject({ kind: 'refused', reason: 'definition-mismatch', peer: { name: 'node-1' } });
  });
});
