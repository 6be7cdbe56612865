import { emptyReply } from './endings.ts';
import type { Effect, Protocol, Reply } from './protocol.ts';

/**
 * A protocol whose randomness is bound to what it has seen: `mix` gets the session id, and behind each round
 * the digest of all broadcasts so far, before anything is drawn that may depend on them. For sessions that
 * can be repeated from a seed: with other messages the same seed is another one. [protocol, 11.3; ATK-P50]
 */
export function* bound<T>(body: Protocol<T>, mix: (bytes: Uint8Array) => void): Protocol<T> {
  let next = body.next(emptyReply);
  while (next.done !== true) {
    const effect: Effect = next.value;
    if (effect.kind === 'bind') mix(effect.party.sid);
    let reply: Reply;
    try {
      reply = yield effect;
    } catch (error) {
      next = body.throw(error); // its `finally` blocks let go of what it holds
      continue;
    }
    if (effect.kind === 'round') mix(reply.view);
    next = body.next(reply);
  }
  return next.value;
}
