import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { G, scalar } from '../../../../src/crypto/secp256k1.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { parseEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import {
  type Protocol,
  type ProtocolAbort,
  type Sending,
  at,
} from '../../../../src/protocols/kernel/protocol.ts';
import { setup } from '../../../../src/protocols/kernel/setup.ts';
import { extensionBytes, pointListBytes } from '../../../../src/protocols/ot/messages.ts';
import { confirmationCodec, instanceLayout } from '../../../../src/protocols/presign/messages.ts';
import { type PresignBatch, presign } from '../../../../src/protocols/presign/presign.ts';
import {
  type PresignRun,
  type RunOptions,
  abortsOf,
  dealKey,
  presignSpec,
  runPresign,
} from '../../../sim/signing.ts';
import { flipAt, inBroadcast, inDirect, lying, writeAt } from '../../../sim/cheating.ts';
import { type Tamper, rngOf } from '../../../sim/cluster.ts';

const key = dealKey(3, 4);
const quorum = [1, 2, 3].map((j) => partyIndex(j));
const cheat = partyIndex(2);
const BATCH = 2;

const offCurve = new Uint8Array(33).fill(0xff);
offCurve[0] = 2;
const order = new Uint8Array(32).fill(0xff);
const second = instanceLayout.bytes;

/** A session in which party 2 changes what it says. Returns what the honest ones found. */
function found(change: (send: Sending) => Sending, options: RunOptions = {}) {
  const run = runPresign(key, quorum, BATCH, {
    body: (self, honest) => (self === cheat ? lying(honest(), change) : honest()),
    ...options,
  });
  const aborts = abortsOf(run.states);
  return { run, aborts: [1, 3].map((j) => aborts.get(partyIndex(j))) };
}

/** The first byte list of R_0 over R_1, so that both pads of an OT would be one. */
const equalPair = (bytes: Uint8Array): Uint8Array => writeAt(33, bytes.subarray(0, 33))(bytes);

describe('a cheat of class A is named by everybody, with evidence that the judge accepts', () => {
  it.each([
    ['P4', 'ot-check', inDirect('presign/commit', equalPair)],
    ['P4', 'ot-check', inDirect('presign/commit', writeAt(66 * 127, offCurve))],
    ['P5', 'ot-check', inDirect('presign/extend', writeAt(33 * 200, offCurve))],
    ['V11', 'malformed', inDirect('presign/extend', (bytes) => bytes.slice(0, -1))],
    ['P7', 'bad-opening', inBroadcast('presign/multiply', flipAt(0))],
    ['P7', 'bad-opening', inBroadcast('presign/multiply', writeAt(32, G.toBytes()))],
    ['V11', 'malformed', inBroadcast('presign/multiply', writeAt(32 + 33 * BATCH, offCurve))],
    ['P9', 'malformed', inDirect('presign/multiply', writeAt(second, order))],
    ['P9', 'malformed', inDirect('presign/multiply', writeAt(second + instanceLayout.gammaU, offCurve))],
    ['P9', 'malformed', inDirect('presign/multiply', writeAt(second + instanceLayout.psi, order))],
    ['V11', 'malformed', inDirect('presign/multiply', (bytes) => bytes.slice(0, second))],
  ])('%s as %s (%#)', (check, code, change) => {
    const { run, aborts } = found(change);
    for (const abort of aborts) expect(abort).toMatchObject({ code, check, culprits: [cheat], grade: 'A' });
    const [shown] = run.sessions.get(partyIndex(1))?.transcript().broadcasts ?? [];
    const evidence = aborts[0]?.evidence;
    expect(evidence && judge(evidence, run.spec, shown).guilty).toBe('accused');
  });

  it('P8, a nonce that is used for two presignatures', () => {
    const rng = (self: number) => {
      const honest = rngOf('twice', partyIndex(self));
      let calls = 0;
      // Round 0 takes a nonce, a key and a proof; then come φ and r, a scalar a call.
      return (length: number): Uint8Array => {
        const bytes = honest(length);
        calls++;
        return self === 2 && (calls === 6 || calls === 7) ? new Uint8Array(32).fill(5) : bytes;
      };
    };
    const { aborts } = found((send) => send, { rng });
    for (const abort of aborts)
      expect(abort).toMatchObject({ code: 'repeated-nonce', check: 'P8', culprits: [cheat], grade: 'A' });
  });
});

describe('a cheat that only its victim can see is named by everybody, by what the victim opens', () => {
  const extension = pointListBytes + extensionBytes(BATCH);
  const toOne = [partyIndex(3)];
  it.each([
    ['P6', 'ot-check', inDirect('presign/extend', flipAt(extension - 2048 - 16), toOne)],
    ['P6', 'ot-check', inDirect('presign/extend', flipAt(-1))],
    ['P6', 'ot-check', inDirect('presign/extend', flipAt(pointListBytes), toOne)],
    ['P10', 'multiplication-check', inDirect('presign/multiply', flipAt(second + 31))],
    ['P10', 'multiplication-check', inDirect('presign/multiply', flipAt(instanceLayout.gammaU - 1), toOne)],
    ['P10', 'multiplication-check', inDirect('presign/multiply', flipAt(instanceLayout.gammaU - 33))],
    ['P11', 'nonce-product', inDirect('presign/multiply', writeAt(instanceLayout.gammaU, G.toBytes()))],
    [
      'P12',
      'key-product',
      inDirect('presign/multiply', writeAt(second + instanceLayout.gammaV, G.toBytes())),
    ],
    ['P12', 'key-product', inBroadcast('presign/multiply', writeAt(32 + 33 * BATCH, G.toBytes()))],
  ])('%s as %s (%#)', (check, code, change) => {
    const { run, aborts } = found(change, { tamper: mute });
    for (const abort of aborts) {
      expect(abort).toMatchObject({ code, check, culprits: [cheat], grade: 'A' });
      expect(verdictOn(run, abort)).toBe('accused');
    }
  });
});

/** The cheat does not say that it has stopped: the others must find out by themselves. */
const mute: Tamper = (from, _to, bytes) =>
  from === cheat && parseEnvelope(bytes).header.kind === 2 ? [] : [bytes];

function verdictOn(run: PresignRun, abort: ProtocolAbort | undefined): string | undefined {
  const [setup] = at(run.sessions, partyIndex(1)).transcript().broadcasts;
  const { evidence } = abort ?? {};
  return evidence && judge(evidence, run.spec, setup, key.record).guilty;
}

describe('P13, a share of another key that is used consistently', () => {
  function* withShareOf(other: typeof key, change: (send: Sending) => Sending): Protocol<PresignBatch> {
    const party = yield* setup(presignSpec(key, quorum, BATCH), cheat, rngOf('run', cheat));
    const inputs = { record: other.record, share: at(other.shares, cheat), batch: BATCH };
    return yield* lying(presign(party, inputs), change);
  }
  const other = dealKey(3, 4, 'other');
  /** Its program sees that nothing adds up, as the others do: it says what it likes in R4 and R5. */
  const shifted = (change: (send: Sending) => Sending) =>
    found((send) => send, {
      body: (self, honest) => (self === cheat ? withShareOf(other, change) : honest()),
      tamper: mute,
    });
  const fragment = 34;

  it.each([
    ['the truth about its fragments', (send: Sending) => send],
    ['another fragment of one pair', inBroadcast('presign/confirm', flipAt(fragment + 31))],
    ['another instance', inBroadcast('presign/confirm', flipAt(33))],
    ['that all is well', inBroadcast('presign/confirm', () => new Uint8Array(32).fill(1))],
  ])('names who shifted it, if it says %s', (_, change) => {
    const { run, aborts } = shifted(change);
    for (const abort of aborts) {
      expect(abort).toMatchObject({ code: 'zero-share-sum', check: 'P13', culprits: [cheat], grade: 'A' });
      expect(verdictOn(run, abort)).toBe('accused');
    }
  });

  it('names nobody else: what one party says of another does not count against it', () => {
    const { run, aborts } = shifted(inBroadcast('presign/confirm', flipAt(fragment + 31)));
    const [abort] = aborts;
    const [first] = at(run.sessions, partyIndex(1)).transcript().broadcasts;
    const against3 = abort?.evidence && { ...abort.evidence, accused: partyIndex(3) };
    expect(against3 && judge(against3, run.spec, first, key.record).guilty).toBe('accuser');
    expect(() => abort?.evidence && judge(abort.evidence, run.spec, first)).toThrow('by the epoch');
  });

  it('names who disputes a batch whose shares add up', () => {
    const f = [1n, 2n].map((n) => scalar(n));
    const dispute = encode(confirmationCodec(3), { kind: 'fragments', instance: 0, f });
    const { run, aborts } = found(
      inBroadcast('presign/confirm', () => dispute),
      { tamper: mute },
    );
    for (const abort of aborts) {
      expect(abort).toMatchObject({ check: 'P13', culprits: [cheat], grade: 'A' });
      expect(verdictOn(run, abort)).toBe('accused');
    }
  });
});

describe('what nobody can be named for', () => {
  it('P16, a confirmation that does not arrive: the session is discarded, and nothing is opened', () => {
    const { run, aborts } = found((send) => send, {
      tamper: (from, to, bytes) => {
        const { round, kind } = parseEnvelope(bytes).header;
        return from === cheat && to === 3 && round === 4 && kind === 0 ? [] : [bytes];
      },
    });
    expect(aborts[0]).toBeUndefined();
    expect(aborts[1]).toMatchObject({ code: 'timed-out', culprits: [], grade: 'D' });
    const kinds = run.sessions
      .get(partyIndex(3))
      ?.transcript()
      .notices.map((bytes) => parseEnvelope(bytes));
    expect(kinds?.some(({ header }) => header.from === 3 && header.kind === 2)).toBe(false);
  });
});

describe('P15, a confirmation of another batch', () => {
  it('names its sender, in silence, because everybody has promised to open nothing', () => {
    const { aborts, run } = found(inBroadcast('presign/confirm', flipAt(0)));
    for (const abort of aborts)
      expect(abort).toMatchObject({ code: 'ready-mismatch', check: 'P15', culprits: [cheat], grade: 'A' });
    const [shown] = run.sessions.get(partyIndex(1))?.transcript().broadcasts ?? [];
    const evidence = aborts[0]?.evidence;
    expect(evidence && judge(evidence, run.spec, shown).guilty).toBe('accused');
    expect(evidence && judge({ ...evidence, accused: partyIndex(3) }, run.spec, shown).guilty).toBe(
      'accuser',
    );
  });
});
