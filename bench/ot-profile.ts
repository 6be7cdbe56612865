import { u32 } from '../src/crypto/bytes.ts';
import { assert } from '../src/crypto/errors.ts';
import { hashToScalar, taggedHash } from '../src/crypto/hash.ts';
import { installPrimitives, primitives } from '../src/crypto/primitives.ts';
import { scalar } from '../src/crypto/secp256k1.ts';
import { tags } from '../src/crypto/tags.ts';
import { nativePrimitives } from '../src/system/native.ts';
import { baseOtAlice1, baseOtAlice2, baseOtBob, openRList, openYList } from '../src/protocols/ot/base-ot.ts';
import { extensionAlice, extensionBob } from '../src/protocols/ot/extension.ts';
import { rvoleAlice, rvoleBob } from '../src/protocols/ot/rvole.ts';
import { gadget } from '../src/protocols/params.ts';

// What one node computes for one peer in one presign session, both roles, by phase:
//   npx tsx bench/ot-profile.ts [batch] [pure]
// The first run warms the compiler up; the second is printed.

const batch = Number(process.argv[2] ?? 64);
if (process.argv[3] !== 'pure') {
  const native = nativePrimitives((reason) => console.log(reason));
  if (native !== undefined) installPrimitives(native);
}

const spent = new Map<string, number>();
function timed<T>(phase: string, run: () => T): T {
  const start = performance.now();
  const result = run();
  spent.set(phase, (spent.get(phase) ?? 0) + performance.now() - start);
  return result;
}

let counter = 0;
const rng = (): Uint8Array => taggedHash(tags.test, u32(counter++));
const input = (): ReturnType<typeof scalar> => scalar(hashToScalar(tags.test, u32(counter++)));

/** One ordered pair: both ends are timed, which is what one node does for one peer in its two roles. */
function pair(): void {
  const [sidAB, aliceSeed, bobSeed] = [rng(), rng(), rng()];
  const alice = timed('base OT, Alice 1', () => baseOtAlice1(sidAB, aliceSeed));
  const rList = timed('base OT, Bob opens R', () => openRList(sidAB, alice.rList));
  const bob = timed('base OT, Bob', () => baseOtBob(sidAB, bobSeed, rList));
  const yList = timed('base OT, Alice opens Y', () => openYList(bob.yList));
  const seeds = timed('base OT, Alice 2', () => baseOtAlice2(sidAB, alice, yList));
  const context = { sidAB, rList: alice.rList, yList: bob.yList, batch };
  const extended = timed('extension, Bob', () => extensionBob(context, { bobSeed, seeds: bob.seeds }));
  const secrets = { delta: alice.delta, seeds: seeds.seeds };
  const checked = timed('extension, Alice', () => extensionAlice(context, secrets, extended.message));
  for (let instance = 0; instance < batch; instance++) {
    const place = { sidAB, instance };
    const inputs = [input(), input()] as const;
    const sent = timed('multiplication, Alice', () => rvoleAlice(place, checked, inputs, rng));
    const received = timed('multiplication, Bob', () => rvoleBob(place, extended, sent.message));
    assert(received.ok, 'an honest pair fails its check');
  }
}

gadget();
pair();
spent.clear();
pair();
const total = [...spent.values()].reduce((sum, ms) => sum + ms, 0);
console.log(
  `primitives: ${primitives().name}, bulk ${primitives().bulk.name}; batch ${batch}; Node ${process.version}`,
);
console.log('phase                        ms a peer and session    ms a peer and presignature');
for (const [phase, ms] of [...spent, ['total', total] as const])
  console.log(`${phase.padEnd(28)} ${ms.toFixed(1).padStart(22)} ${(ms / batch).toFixed(3).padStart(29)}`);
