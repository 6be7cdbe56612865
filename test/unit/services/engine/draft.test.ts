import { describe, expect, it } from 'vitest';

import { toHex } from '../../../../src/crypto/bytes.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { EMPTY_ROOT } from '../../../../src/ethereum/trie.ts';
import { NEW_ACCOUNT } from '../../../../src/services/engine/account.ts';
import { Draft } from '../../../../src/services/engine/draft.ts';
import { type Key, keyBytes, keyOf } from '../../../../src/services/engine/key.ts';
import { State } from '../../../../src/services/engine/state.ts';
import { Choices } from '../../../sim/random.ts';

const key = (byte: number, length: number): Key => keyOf(new Uint8Array(length).fill(byte));
const nodes = new Map<string, Uint8Array>();
const store = { get: (hash: Uint8Array) => nodes.get(toHex(hash)), code: () => new Uint8Array(0) };
const write = (hash: Uint8Array, bytes: Uint8Array): void => void nodes.set(toHex(hash), bytes);
const empty = State.at(store, EMPTY_ROOT);

/** One random change, made to a draft. */
function change(draft: Draft, choices: Choices): void {
  const account = key(1 + choices.below(4), 20);
  const slot = key(1 + choices.below(4), 32);
  const kind = choices.below(8);
  if (kind === 0) draft.setAccount(account, undefined);
  else if (kind === 1) draft.clear(account);
  else if (kind < 4) draft.setAccount(account, { ...NEW_ACCOUNT, nonce: BigInt(1 + choices.below(9)) });
  else if (draft.account(account) !== undefined)
    draft.setSlot(account, slot, kind === 4 ? new Uint8Array(0) : Uint8Array.of(1 + choices.below(200)));
  // What an account that goes had, goes with it.
  if (kind === 0) draft.clear(account);
}

/** Everything that a draft shows. */
const shown = (draft: Draft): string =>
  [1, 2, 3, 4]
    .flatMap((a) => [
      `${draft.account(key(a, 20))?.nonce ?? 'none'}`,
      ...[1, 2, 3, 4].map((s) => toHex(draft.slot(key(a, 20), key(s, 32)))),
    ])
    .join();

describe('changes on a state', () => {
  it('are taken back to the mark, in whatever depth', () => {
    const choices = new Choices(3);
    let base = empty;
    for (let round = 0; round < 60; round++) {
      const draft = new Draft(base);
      const seen: string[] = [];
      for (let step = 0; step < 60; step++) {
        const kind = choices.below(4);
        if (kind === 0) {
          seen.push(shown(draft));
          draft.mark();
        } else if (kind === 1 && seen.length > 0) {
          const before = seen.pop();
          if (choices.happens(0.5)) draft.keep();
          else {
            draft.takeBack();
            expect(shown(draft)).toBe(before);
          }
        } else change(draft, choices);
      }
      const next = base.after(draft, write);
      const anew = new Draft(State.at(store, next.root));
      expect(shown(anew)).toBe(shown(draft));
      if (choices.happens(0.7)) next.inherit(base);
      expect(shown(new Draft(next))).toBe(shown(draft));
      // The state before is what it was, wherever its memory went.
      expect(shown(new Draft(base))).toBe(shown(new Draft(State.at(store, base.root))));
      base = next;
    }
  });
  it('keep new code by its hash', () => {
    const draft = new Draft(empty);
    const hash = draft.addCode(Uint8Array.of(1, 2, 3));
    expect(hash).toEqual(keccak256(Uint8Array.of(1, 2, 3)));
    expect(draft.code(hash)).toEqual(Uint8Array.of(1, 2, 3));
  });
  it('forget new code that is taken back, but not what was there before', () => {
    const draft = new Draft(empty);
    draft.mark();
    draft.addCode(Uint8Array.of(1));
    draft.mark();
    draft.addCode(Uint8Array.of(1));
    draft.addCode(Uint8Array.of(2));
    draft.takeBack();
    expect([...draft.codes.values()]).toEqual([Uint8Array.of(1)]);
    draft.mark();
    draft.addCode(Uint8Array.of(3));
    draft.keep();
    draft.takeBack();
    expect(draft.codes.size).toBe(0);
  });
  it('have a mark to go back to', () => {
    expect(() => new Draft(empty).takeBack()).toThrow(Bug);
    expect(() => new Draft(empty).keep()).toThrow(Bug);
  });
  it('are found by bytes', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(keyBytes(keyOf(bytes))).toEqual(bytes);
  });
});
