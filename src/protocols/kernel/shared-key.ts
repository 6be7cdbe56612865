import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { bytesToBigint, u32 } from '../../crypto/bytes.ts';
import * as dleq from '../../crypto/proofs/dleq.ts';
import type { Context } from '../../crypto/proofs/dlog.ts';
import { G, type Point, scalar } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import type { Party, PartyMap } from './protocol.ts';
import { sharedPoint } from './setup.ts';

/** D_ij of a pair in one session, shown by one end, with the proof that it is that. [protocol, 5.4] */
export interface SharedKey {
  /** esk_i · epk_j, from which anyone derives every key of the pair in this session. */
  readonly D: Point;
  /** That D and the shower's own ephemeral key have one logarithm to the bases of the peer's key and G. */
  readonly proof: dleq.Proof;
}

/** Which pair, by its two ends: who shows, and whose message or claim is in question. */
export interface SharedKeyOf {
  readonly shownBy: PartyIndex;
  readonly peer: PartyIndex;
}

/** The proof is bound to the session, the peer and the shower, in this order. [protocol, 5.4] */
const contextOf = (sid: SessionId, { shownBy, peer }: SharedKeyOf): Context => ({
  tag: tags.dleq,
  parts: [sid, u32(peer), u32(shownBy)],
});

/** epk_j = esk_j · G and D = esk_j · epk_i. Empty, and so never proven, where a key is unknown. */
function statementOf(epks: PartyMap<Point>, { shownBy, peer }: SharedKeyOf, D: Point): dleq.Statement {
  const [theirs, ours] = [epks.get(peer), epks.get(shownBy)];
  if (theirs === undefined || ours === undefined) return { pairs: [] };
  return {
    pairs: [
      { base: G, image: ours },
      { base: theirs, image: D },
    ],
  };
}

/**
 * Shows what we share with a peer. It opens the traffic of this pair in this session, and nothing else; a
 * peer that cheats knew it anyway, and towards an honest one there is no cause to show it.
 */
export function showSharedKey(party: Party, peer: PartyIndex): SharedKey {
  const { keys, rng, sid, self } = party;
  const of = { shownBy: self, peer };
  const D = sharedPoint(party, peer);
  const witness = { x: scalar(bytesToBigint(keys.esk)) };
  return { D, proof: dleq.prove(contextOf(sid, of), statementOf(keys.epks, of, D), witness, rng) };
}

/** Stops a party that shows another point than the one of the pair, and so other keys. [protocol, 5.4] */
export const isSharedKey = (
  facts: { readonly sid: SessionId; readonly epks: PartyMap<Point> },
  of: SharedKeyOf,
  { D, proof }: SharedKey,
): boolean => dleq.verify(contextOf(facts.sid, of), statementOf(facts.epks, of, D), proof);
