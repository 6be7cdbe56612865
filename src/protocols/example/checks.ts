import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { equalBytes, u32 } from '../../crypto/bytes.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';

/** Binds a coin of 32 bytes to its session and its owner, 32 bytes: it can be neither replayed nor copied. */
export const commitTo = (sid: SessionId, j: PartyIndex, coin: Uint8Array): Uint8Array =>
  taggedHash(tags.coinFlipCommit, sid, u32(j), coin);

/** What one party said in the two rounds. */
export interface Said {
  readonly commitment: Uint8Array;
  readonly coin: Uint8Array;
}

/** Stops a party that waits for the coins of the others before it chooses its own. */
export const opensCoin = (sid: SessionId, j: PartyIndex, said: Said): boolean =>
  equalBytes(commitTo(sid, j, said.coin), said.commitment);
