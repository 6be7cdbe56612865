import { createMPT, createMerkleProof, verifyMerkleProof } from '@ethereumjs/mpt';
import { describe, expect, it } from 'vitest';

import { toHex } from '../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';
import { EMPTY_ROOT, Trie, type TrieStore } from '../../../src/ethereum/trie.ts';
import { Choices } from '../../sim/random.ts';

const coded = (code: string): unknown => expect.objectContaining({ code });
const randomFrom = (seed: number): ((below: number) => number) => {
  const choices = new Choices(seed);
  return (below) => choices.below(below);
};

/** Nodes in memory. */
class Nodes implements TrieStore {
  readonly nodes = new Map<string, Uint8Array>();
  readonly get = (hash: Uint8Array): Uint8Array | undefined => this.nodes.get(toHex(hash));
  readonly write = (hash: Uint8Array, bytes: Uint8Array): void => void this.nodes.set(toHex(hash), bytes);
}

describe('a trie of state', () => {
  it('has the root of the library after every step of random histories, also read anew', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = randomFrom(seed);
      const store = new Nodes();
      const twin = await createMPT({});
      let trie = Trie.at(store, EMPTY_ROOT);
      const keys = keysOf(random, seed % 3 === 0 ? 6 : 40, seed % 4 === 3);
      for (let step = 0; step < 150; step++) {
        const key = keys[random(keys.length)]!;
        if (random(5) < 2) {
          trie = trie.delete(key);
          await twin.del(key);
        } else {
          const value = Uint8Array.from(
            { length: 1 + random(random(4) === 0 ? 60 : 3) },
            () => 1 + random(255),
          );
          trie = trie.put(key, value);
          await twin.put(key, value);
        }
        const root = trie.commit(store.write);
        expect(toHex(root)).toBe(toHex(twin.root()));
        if (random(4) === 0) trie = Trie.at(store, root);
        const asked = keys[random(keys.length)]!;
        expect(trie.get(asked) ?? null).toEqual(await twin.get(asked));
      }
    }
  });
  it('is not changed by what is made of it', () => {
    const store = new Nodes();
    const keys = keysOf(randomFrom(3), 20, false);
    const before = keys.reduce((trie, key) => trie.put(key, key), Trie.at(store, EMPTY_ROOT));
    const root = before.commit(store.write);
    let after = before;
    for (const key of keys.slice(5)) after = after.delete(key);
    after = after.put(keys[0]!, Uint8Array.of(1));
    after.commit(store.write);
    expect(toHex(before.commit(store.write))).toBe(toHex(root));
    for (const key of keys) expect(Trie.at(store, root).get(key)).toEqual(key);
    expect(after.get(keys[9]!)).toBeUndefined();
  });
  it('gives every node once', () => {
    const store = new Nodes();
    const trie = keysOf(randomFrom(5), 30, false).reduce(
      (all, key) => all.put(key, key),
      Trie.at(store, EMPTY_ROOT),
    );
    trie.commit(store.write);
    const again: Uint8Array[] = [];
    const next = trie.put(new Uint8Array(32), Uint8Array.of(7));
    next.commit((hash) => void again.push(hash));
    expect(again.length).toBeGreaterThan(0);
    expect(again.every((hash) => !store.nodes.has(toHex(hash)))).toBe(true);
    expect(again.length).toBeLessThan(6);
  });
  it('is empty again when everything is taken out, and stays itself where nothing is', () => {
    const store = new Nodes();
    const keys = keysOf(randomFrom(8), 12, true);
    let trie = keys.reduce((all, key) => all.put(key, key), Trie.at(store, EMPTY_ROOT));
    expect(trie.delete(new Uint8Array(32))).toBe(trie);
    for (const key of keys) trie = trie.delete(key);
    expect(trie.commit(store.write)).toEqual(EMPTY_ROOT);
    expect(toHex(EMPTY_ROOT)).toBe('56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');
    expect(trie.delete(keys[0]!)).toBe(trie);
  });
  it('proves values and their absence to the library', async () => {
    const store = new Nodes();
    const random = randomFrom(13);
    for (const isClose of [false, true]) {
      const keys = keysOf(random, 30, isClose);
      const trie = keys.reduce(
        (all, key) => all.put(key, key.slice(0, 1 + random(32))),
        Trie.at(store, EMPTY_ROOT),
      );
      const root = trie.commit(store.write);
      for (const key of [...keys, new Uint8Array(32).fill(0xab)]) {
        const proof = [...Trie.at(store, root).prove(key)];
        expect(await verifyMerkleProof(key, proof, { root })).toEqual(trie.get(key) ?? null);
      }
    }
    const twin = await createMPT({});
    await twin.put(new Uint8Array(32), Uint8Array.of(9));
    expect(
      Trie.at(store, EMPTY_ROOT).put(new Uint8Array(32), Uint8Array.of(9)).prove(new Uint8Array(32)),
    ).toEqual(await createMerkleProof(twin, new Uint8Array(32)));
  });
  it('says so when a node is missing or changed', () => {
    const store = new Nodes();
    const keys = keysOf(randomFrom(21), 30, false);
    const root = keys.reduce((all, key) => all.put(key, key), Trie.at(store, EMPTY_ROOT)).commit(store.write);
    const [name, bytes] = [...store.nodes].find(([hash]) => hash !== toHex(root))!;
    store.nodes.delete(name);
    const readAll = (): unknown => keys.map((key) => Trie.at(store, root).get(key));
    expect(readAll).toThrow(coded('trie-damaged'));
    store.nodes.set(name, Uint8Array.of(...bytes, 0));
    expect(readAll).toThrow(coded('trie-damaged'));
  });
});

/** Hashes, or keys that part so late that nodes stand in the nodes above them. */
function keysOf(random: (below: number) => number, count: number, isClose: boolean): Uint8Array[] {
  return Array.from({ length: count }, () =>
    isClose
      ? Uint8Array.from({ length: 32 }, (_, i) => (i < 29 ? 7 : random(i === 29 ? 2 : 256)))
      : keccak256(Uint8Array.of(random(256), random(256), random(256))),
  );
}
