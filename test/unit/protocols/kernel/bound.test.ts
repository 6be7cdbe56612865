import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { bound } from '../../../../src/protocols/kernel/bound.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import { ProtocolAbort } from '../../../../src/protocols/kernel/protocol.ts';
import type { KeygenOutput } from '../../../../src/protocols/keygen/keygen.ts';
import { Session } from '../../../../src/protocols/kernel/session.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { Cluster, members, rngOf, specFor } from '../../../sim/cluster.ts';
import { keygenBody } from '../support/keygen-run.ts';

/** A key generation of three; what the first one's randomness is bound to. */
function run(): { readonly mixed: readonly string[]; readonly first: Session<KeygenOutput> } {
  const all = members(3);
  const spec = specFor(all, { proto: protos.keygen, threshold: 2 });
  const mixed: string[] = [];
  const sessions = all.map(({ index, seed: identitySeed }) => {
    const rng = rngOf('bound', index);
    const plain = keygenBody(spec, index, identitySeed, rng);
    const body = index === partyIndex(1) ? bound(plain, (bytes) => void mixed.push(toHex(bytes))) : plain;
    const outputHash = ({ epochId }: KeygenOutput): Uint8Array => epochId;
    const options = { spec, self: index, identitySeed, rng, body, judge, outputHash, maxBodyBytes: 100_000 };
    return [index, new Session<KeygenOutput>(options)] as const;
  });
  const [[, first] = []] = sessions;
  if (first === undefined) throw new RangeError('three sessions');
  new Cluster(new Map(sessions), 1).run();
  return { mixed, first };
}

describe('a protocol whose randomness is bound', () => {
  it('mixes in the session id and the digest of every round, in their order, and ends as it would', () => {
    const { mixed, first } = run();
    expect(first.state.kind).toBe('done');
    expect(mixed).toHaveLength(6); // round 0, whose digest is none yet, the session id, rounds 1 to 4
    expect(mixed[0]).toBe('00'.repeat(32));
    expect(mixed[1]).toBe(toHex(first.sid ?? new Uint8Array(0)));
    expect(mixed.at(-1)).toBe(toHex(first.end.view));
    expect(new Set(mixed).size).toBe(6);
  });

  it('lets go of what it holds when it is ended, and says why', () => {
    const story: string[] = [];
    const body = bound(
      (function* () {
        try {
          yield { kind: 'persist', what: 'prepared', bytes: new Uint8Array(1) };
          return 'done';
        } finally {
          story.push('let go');
        }
      })(),
      () => void story.push('mixed'),
    );
    expect(body.next(emptyReply)).toMatchObject({ done: false });
    const abort = new ProtocolAbort('x', [], { grade: 'D', check: 'local' });
    expect(() => body.throw(abort)).toThrow(abort);
    expect(story).toEqual(['let go']);
  });
});
