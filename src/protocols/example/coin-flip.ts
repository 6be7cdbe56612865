import { xorBytes } from '../../crypto/bytes.ts';
import { None, fixed } from '../../crypto/codec.ts';
import {
  type Party,
  type Protocol,
  type Round,
  at,
  blameUnless,
  echoBroadcast,
  exchange,
  noDirects,
} from '../kernel/protocol.ts';
import { commitTo, opensCoin } from './checks.ts';

/** Bytes of a coin. */
const COIN_BYTES = 32;
/** Round 1. */
const Commit: Round<Uint8Array, None> = {
  name: 'coin-flip/commit',
  broadcast: fixed(32),
  direct: None,
};
/** Round 3; round 2 is the echo of round 1. */
const Open: Round<Uint8Array, None> = {
  name: 'coin-flip/open',
  broadcast: fixed(COIN_BYTES),
  direct: None,
};

/**
 * 32 bytes that no party has chosen alone: the smallest complete protocol, and the one to read first.
 * @throws ProtocolAbort malformed | bad-opening
 */
export function* coinFlip({ sid, self, parties, others, rng }: Party): Protocol<Uint8Array> {
  const coin = rng(COIN_BYTES);

  // Round 1. Commit, so that no coin can depend on another. The echo shows all parties the same commitments.
  const commitments = yield* echoBroadcast(Commit, commitTo(sid, self, coin));

  // Round 3. Open. 32 random bytes hide themselves, so the commitment needs no salt.
  const { broadcast: coins } = yield* exchange(Open, coin, noDirects);
  blameUnless({ code: 'bad-opening', check: 'C1', grade: 'B' }, others, (j) =>
    opensCoin(sid, j, { commitment: at(commitments, j), coin: at(coins, j) }),
  );

  // Output. One honest coin makes the sum uniform; a cheat can stop the run, and no more.
  return parties.map((j) => at(coins, j)).reduce(xorBytes);
}
