import { hash } from 'node:crypto';

import { wipe } from '../../src/crypto/bytes.ts';
import type * as BaseOt from '../../src/protocols/ot/base-ot.ts';
import type * as Extension from '../../src/protocols/ot/extension.ts';
import type * as Rvole from '../../src/protocols/ot/rvole.ts';

/**
 * The two-party steps are pure functions of their inputs, and the same inputs come again in thousands of
 * cases:
 * whatever precedes the change is the same in all. Results are kept by the hash of the inputs, and given out
 * as
 * copies, because their owners wipe them.
 */

/** Results that are kept; the oldest leave first. */
const LIMIT = 2_000;

const keyOf = (...parts: readonly (Uint8Array | number)[]): string => {
  const buffers = parts.flatMap((part) => {
    const bytes = typeof part === 'number' ? Uint8Array.of(part) : part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return hash('sha256', Buffer.concat(buffers), 'base64');
};

/** A table of results of one function. */
function table<T>(): (key: string, make: () => T, copy: (kept: T) => T) => T {
  const kept = new Map<string, T>();
  return (key, make, copy) => {
    let value = kept.get(key);
    if (value === undefined) {
      value = copy(make());
      kept.set(key, value);
      const [oldest] = kept.keys();
      if (kept.size > LIMIT && oldest !== undefined) kept.delete(oldest);
    }
    return copy(value);
  };
}

const same = <T>(value: T): T => value;

/** The base OTs, computed once for the same inputs. */
export function memoBaseOt(real: typeof BaseOt): typeof BaseOt {
  const [alice1, bob, alice2] = [
    table<BaseOt.BaseOtAlice>(),
    table<BaseOt.BaseOtBob>(),
    table<BaseOt.BaseOtAliceSeeds>(),
  ];
  const [rLists, yLists] = [
    table<ReturnType<typeof BaseOt.openRList>>(),
    table<ReturnType<typeof BaseOt.openYList>>(),
  ];
  return {
    ...real,
    baseOtAlice1: (sidAB, seed) =>
      alice1(
        keyOf(sidAB, seed),
        () => real.baseOtAlice1(sidAB, seed),
        (kept) => {
          const [delta, t] = [kept.delta.slice(), kept.t.slice()];
          return { delta, t, rList: kept.rList.slice(), wipe: () => wipe(delta, t) };
        },
      ),
    openRList: (sidAB, rList) =>
      rLists(keyOf(sidAB, rList), () => real.openRList(sidAB, rList.slice()), same),
    openYList: (yList) => yLists(keyOf(yList), () => real.openYList(yList.slice()), same),
    baseOtBob: (sidAB, seed, rList) =>
      bob(
        keyOf(sidAB, seed, rList.bytes),
        () => real.baseOtBob(sidAB, seed, rList),
        (kept) => {
          const seeds = kept.seeds.slice();
          return { yList: kept.yList.slice(), seeds, wipe: () => wipe(seeds) };
        },
      ),
    baseOtAlice2: (sidAB, alice, yList) =>
      alice2(
        keyOf(sidAB, alice.delta, alice.t, alice.rList, yList.bytes),
        () => real.baseOtAlice2(sidAB, alice, yList),
        (kept) => {
          const seeds = kept.seeds.slice();
          return { seeds, wipe: () => wipe(seeds) };
        },
      ),
  };
}

/** The extension, computed once for the same inputs. */
export function memoExtension(real: typeof Extension): typeof Extension {
  const [bob, alice] = [table<Extension.ExtensionBob>(), table<Extension.ExtensionAlice>()];
  return {
    ...real,
    extensionBob: (context, secrets) =>
      bob(
        keyOf(context.sidAB, context.rList, context.yList, context.batch, secrets.bobSeed, secrets.seeds),
        () => real.extensionBob(context, secrets),
        (kept) => {
          const [choices, columns] = [kept.choices.slice(), kept.columns.slice()];
          return {
            ...kept,
            message: kept.message.slice(),
            choices,
            columns,
            wipe: () => wipe(choices, columns),
          };
        },
      ),
    extensionAlice: (context, secrets, message) =>
      alice(
        keyOf(
          context.sidAB,
          context.rList,
          context.yList,
          context.batch,
          secrets.delta,
          secrets.seeds,
          message,
        ),
        () => real.extensionAlice(context, secrets, message),
        (kept) => {
          const [delta, columns] = [kept.delta.slice(), kept.columns.slice()];
          return { ...kept, delta, columns, wipe: () => wipe(delta, columns) };
        },
      ),
  };
}

/**
 * Bob's multiplication, computed once for the same inputs. Alice's draws randomness, and is left as it is.
 */
export function memoRvole(real: typeof Rvole): typeof Rvole {
  const bob = table<Rvole.RvoleBob>();
  return {
    ...real,
    rvoleBob: (instance, state, message) =>
      bob(
        keyOf(instance.sidAB, instance.instance, state.dig, state.choices, state.columns, message),
        () => real.rvoleBob(instance, state, message),
        same,
      ),
  };
}
