import { describe, expect, it } from 'vitest';

import { G } from '../../../../src/crypto/secp256k1.ts';
import { attempt } from '../../../../src/crypto/codec.ts';
import { parseEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import type { Evidence } from '../../../../src/protocols/kernel/evidence.ts';
import type { Sending } from '../../../../src/protocols/kernel/protocol.ts';
import { instanceLayout } from '../../../../src/protocols/presign/messages.ts';
import { provenByOpening } from '../../../../src/protocols/presign/openings.ts';
import { type SeedOpening, showing } from '../../../../src/protocols/replay.ts';
import { flipAt, inBroadcast, inDirect, writeAt } from '../../../sim/cheating.ts';
import type { PresignRun } from '../../../sim/signing.ts';
import { BATCH, made, runForged, setupOf, shownIn, three } from '../../../byz/forgers.ts';

/** What the judge's part for presigning says of an accusation by party 3 against party 2. */
function provenIn(run: PresignRun, change: (evidence: SeedOpening) => Evidence = (one) => one) {
  const shown = shownIn(run);
  if (shown.kind !== 'extension-opening' && shown.kind !== 'product-opening')
    throw new RangeError(shown.kind);
  const evidence = change(shown) as SeedOpening;
  const envelopes = [...evidence.envelopes, ...setupOf(run)];
  return provenByOpening(
    showing(
      run.spec,
      envelopes.flatMap((bytes) => attempt(() => parseEnvelope(bytes)) ?? []),
    ),
    evidence,
  );
}

const offCurve = new Uint8Array(33).fill(0xff);
offCurve[0] = 2;
const order = new Uint8Array(32).fill(0xff);
const second = instanceLayout.bytes;
type Change = (send: Sending) => Sending;

describe('the judge of an opened extension', () => {
  it.each([
    ['P6', inDirect('presign/extend', flipAt(-1))],
    ['P5', inDirect('presign/extend', writeAt(33, offCurve))],
    ['P5', inDirect('presign/extend', (bytes) => bytes.slice(1))],
  ] as readonly (readonly [string, Change])[])('finds %s broken (%#)', (check, change) => {
    expect(provenIn(runForged(2, made.extension, change))).toContain(`(${check})`);
  });

  it('finds nothing against who has answered as it should', () => {
    expect(provenIn(runForged(2, made.extension))).toBeUndefined();
  });
});

describe('the judge of an opened multiplication', () => {
  it.each([
    ['P10', inDirect('presign/multiply', flipAt(second + 31))],
    ['P11', inDirect('presign/multiply', writeAt(second + instanceLayout.gammaU, G.toBytes()))],
    ['P12', inDirect('presign/multiply', writeAt(second + instanceLayout.gammaV, G.toBytes()))],
    ['P12', inBroadcast('presign/multiply', writeAt(32 + 33 * (BATCH + 1), G.toBytes()))],
    ['P9', inDirect('presign/multiply', writeAt(second, order), [three])],
    ['P9', inDirect('presign/multiply', writeAt(second + instanceLayout.gammaU, offCurve), [three])],
    ['P9', inDirect('presign/multiply', (bytes) => Uint8Array.from([...bytes, 0]), [three])],
  ] as readonly (readonly [string, Change])[])('finds %s broken (%#)', (check, change) => {
    expect(provenIn(runForged(3, made.product, change))).toContain(`(${check})`);
  });

  it('finds nothing against who has multiplied what it published, nor in an instance that is right', () => {
    const run = runForged(3, made.product);
    expect(provenIn(run)).toBeUndefined();
    const cheated = runForged(3, made.product, inDirect('presign/multiply', flipAt(second + 31)));
    const other = (evidence: SeedOpening): Evidence => ({ ...evidence, instance: 0 }) as Evidence;
    expect(provenIn(cheated)).toBeDefined();
    expect(provenIn(cheated, other)).toBeUndefined();
  });
});
