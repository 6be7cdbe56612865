import type { PartyIndex } from '../../src/crypto/brand.ts';
import type { Protocol, Reply, Sending } from '../../src/protocols/kernel/protocol.ts';
import { emptyReply } from '../../src/protocols/kernel/endings.ts';

/**
 * The honest program of a party, but for the bytes that it says: they are signed and sealed as if they were
 * honest.
 */
export function* lying<T>(honest: Protocol<T>, change: (send: Sending) => Sending): Protocol<T> {
  let next = honest.next(emptyReply);
  while (next.done !== true) {
    const effect = next.value;
    let reply: Reply;
    try {
      reply = yield effect.kind === 'round' ? { ...effect, send: change(effect.send) } : effect;
    } catch (error) {
      next = honest.throw(error);
      continue;
    }
    next = honest.next(reply);
  }
  return next.value;
}

/** Changes the broadcast of one round. */
export const inBroadcast =
  (name: string, change: (bytes: Uint8Array) => Uint8Array) =>
  (send: Sending): Sending =>
    send.name === name ? { ...send, broadcast: change(send.broadcast.slice()) } : send;

/** Changes the direct messages of one round, to all or to some. */
export const inDirect =
  (name: string, change: (bytes: Uint8Array) => Uint8Array, victims?: readonly PartyIndex[]) =>
  (send: Sending): Sending => {
    if (send.name !== name || send.directs === undefined) return send;
    const directs = [...send.directs].map(
      ([to, bytes]) =>
        [to, victims === undefined || victims.includes(to) ? change(bytes.slice()) : bytes] as const,
    );
    return { ...send, directs: new Map(directs) };
  };

/** Flips the lowest bit of one byte; a negative place counts from the end. */
export const flipAt =
  (place: number) =>
  (bytes: Uint8Array): Uint8Array => {
    const at = place < 0 ? bytes.length + place : place;
    return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  };

/** Writes bytes at a place. */
export const writeAt =
  (place: number, what: Uint8Array) =>
  (bytes: Uint8Array): Uint8Array => {
    const out = bytes.slice();
    out.set(what, place);
    return out;
  };
