import { describe, expect, it } from 'vitest';

import { concat, toHex } from '../../src/crypto/bytes.ts';
import { signatureCodec } from '../../src/crypto/ecdsa.ts';
import { encode } from '../../src/crypto/codec.ts';
import { primitives } from '../../src/crypto/primitives.ts';
import { scalar } from '../../src/crypto/secp256k1.ts';
import type { Session } from '../../src/protocols/kernel/session.ts';
import type { SignInputs } from '../../src/protocols/sign/sign.ts';
import { Cluster } from '../sim/cluster.ts';
import { dealKey, digestOf, quorumsOf, runPresign, signSessions } from '../sim/signing.ts';
import frozen from './data/presign-sign.json' with { type: 'json' };

/** SHA-256 of every byte that is broadcast in a session, by round. */
const transcriptOf = <T>(session: Session<T> | undefined): readonly string[] =>
  (session?.transcript().broadcasts ?? []).map((round) => toHex(primitives().sha256(concat(...round))));

/** ε of each signature that is made: the key itself four times, and a child key. */
const shifts: readonly bigint[] = [0n, 0n, 0n, 0n, 12_345n];

/** One presign session of B = 1, and signatures of several messages with it, from fixed randomness. */
function made(threshold: number, n: number) {
  const key = dealKey(threshold, n);
  const [quorum = []] = quorumsOf(key);
  const [first] = quorum;
  if (first === undefined) throw new RangeError('no quorum');
  const run = runPresign(key, quorum, 1, { label: `vector ${threshold}` });
  const signed = shifts.map((epsilon, message) => {
    const path = epsilon === 0n ? [] : [7];
    const change = (inputs: SignInputs): SignInputs => ({ ...inputs, path, epsilon: scalar(epsilon) });
    const sessions = signSessions(run, 0, digestOf(`vector ${message}`), { change });
    const [state] = [...new Cluster(sessions, 1).run().values()];
    if (state?.kind !== 'done') throw new RangeError('no signature');
    return {
      epsilon: epsilon.toString(),
      rounds: transcriptOf(sessions.get(first)),
      signature: toHex(encode(signatureCodec, state.output)),
    };
  });
  const presigned = run.sessions.get(first);
  const sid = toHex(presigned?.sid ?? new Uint8Array(0));
  return { threshold, sid, presign: transcriptOf(presigned), sign: signed };
}

// Made by this program, with randomness from fixed seeds; never changed, only added to. The broadcasts name
// every direct message by its hash, so that these hashes stand for all bytes of all nodes.
describe('frozen transcripts of presigning and signing', () => {
  it.each(frozen.transcripts)('are reproduced to the byte for a threshold of $threshold', (vector) => {
    expect(made(vector.threshold, vector.threshold + 1)).toEqual(vector);
  });

  it('contain signatures of both parities, which all end in their recovery id', () => {
    const ends = frozen.transcripts.flatMap(({ sign }) => sign.map(({ signature }) => signature.slice(-2)));
    expect([...new Set(ends)].sort()).toEqual(['00', '01']);
  });
});
