import { describe, expect, it } from 'vitest';

import type { L2Block } from '../../../src/chain/block.ts';
import type { HeadHashes } from '../../../src/chain/execution.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { OperationError } from '../../../src/crypto/errors.ts';
import { catchingUp } from '../../../src/system/engine-catch-up.ts';
import type { Engine } from '../../../src/system/ports.ts';
import { sampleBlock } from './sample-block.ts';

/** An engine that holds blocks by hash, and that can lose what it holds. */
class Forgetful implements Engine {
  readonly name = 'forgetful';
  readonly held = new Set<string>();
  readonly withoutState = new Set<string>();
  readonly invalid = new Set<string>();
  head: HeadHashes;
  constructor(genesis: L2Block) {
    this.held.add(to0x(genesis.hash));
    this.head = { unsafe: genesis.hash, safe: genesis.hash, finalized: genesis.hash };
  }
  readonly importBlock: Engine['importBlock'] = async ({ hash, header }) => {
    const [own, parent] = [to0x(hash), to0x(header.parentHash)];
    if (this.held.has(own)) return { kind: 'valid' };
    if (!this.held.has(parent) || this.withoutState.has(parent)) return { kind: 'parent-unknown' };
    if (this.invalid.has(own)) return { kind: 'invalid', field: 'stateRoot' };
    this.held.add(own);
    return { kind: 'valid' };
  };
  readonly setHeads: Engine['setHeads'] = async (heads) => {
    for (const hash of [heads.unsafe, heads.safe, heads.finalized])
      if (!this.held.has(to0x(hash)))
        throw new OperationError('engine-unknown-block', 'reset', 'a block that is not here');
    this.withoutState.delete(to0x(heads.unsafe));
    this.head = heads;
  };
  readonly heads: Engine['heads'] = async () => this.head;
}

const chain = Array.from({ length: 6 }).reduce<readonly L2Block[]>(
  (blocks, _, i) => [
    ...blocks,
    sampleBlock({ number: BigInt(i), parentHash: blocks.at(-1)?.hash ?? new Uint8Array(32) }),
  ],
  [],
);
const [genesis, first, second, third, , last] = chain as [
  L2Block,
  L2Block,
  L2Block,
  L2Block,
  L2Block,
  L2Block,
];
const blockOf = async (hash: Uint8Array) => chain.find((block) => to0x(block.hash) === to0x(hash));
const made = (): { readonly inner: Forgetful; readonly engine: Engine } => {
  const inner = new Forgetful(genesis);
  return { inner, engine: catchingUp(inner, blockOf) };
};
const headsAt = (unsafe: L2Block): HeadHashes => ({
  ...{ unsafe: unsafe.hash, safe: first.hash, finalized: genesis.hash },
});

describe('an engine that is given what it lacks', () => {
  it('takes a block with all blocks before it', async () => {
    const { inner, engine } = made();
    expect(await engine.importBlock(last)).toEqual({ kind: 'valid' });
    expect([...inner.held]).toEqual(chain.map(({ hash }) => to0x(hash)));
  });

  it('is told heads that it does not hold, and holds them then', async () => {
    const { inner, engine } = made();
    await engine.setHeads(headsAt(third));
    expect(inner.head).toEqual(headsAt(third));
    expect(await engine.heads()).toEqual(headsAt(third));
  });

  it('executes a block again whose state was lost', async () => {
    const { inner, engine } = made();
    await engine.setHeads(headsAt(second));
    inner.withoutState.add(to0x(second.hash));
    expect(await engine.importBlock(last)).toEqual({ kind: 'valid' });
  });

  it('says so where a block in between is invalid, and goes no further', async () => {
    const { inner, engine } = made();
    inner.invalid.add(to0x(second.hash));
    expect(await engine.importBlock(last)).toEqual({ kind: 'invalid', field: 'stateRoot' });
    expect(inner.held.has(to0x(third.hash))).toBe(false);
    await expect(engine.setHeads(headsAt(last))).rejects.toThrow('a block that is not here');
  });

  it('cannot be given what nobody has, nor block 0', async () => {
    const stranger = sampleBlock({ number: 3n, parentHash: new Uint8Array(32).fill(7) });
    const { inner, engine } = made();
    expect(await engine.importBlock(stranger)).toEqual({ kind: 'parent-unknown' });
    await expect(engine.setHeads({ ...headsAt(first), unsafe: stranger.hash })).rejects.toThrow('not here');
    inner.held.clear();
    expect(await engine.importBlock(last)).toEqual({ kind: 'parent-unknown' });
    await expect(engine.setHeads(headsAt(genesis))).rejects.toThrow('not here');
    expect(inner.held.size).toBe(0);
  });

  it('is left behind the block that it is at, once nobody waits', async () => {
    const inner = new Forgetful(genesis);
    const tried: bigint[] = [];
    const watched: Engine = {
      ...{ name: inner.name, setHeads: inner.setHeads, heads: inner.heads },
      importBlock: (block) => {
        tried.push(block.header.number);
        return inner.importBlock(block);
      },
    };
    const engine = catchingUp(watched, blockOf, () => !inner.held.has(to0x(second.hash)));
    await expect(engine.importBlock(last)).rejects.toMatchObject({ code: 'engine-left' });
    expect(tried).toEqual([5n, 4n, 3n, 2n, 1n, 2n]);
    await expect(engine.setHeads(headsAt(last))).rejects.toMatchObject({ code: 'engine-left' });
    expect(tried).toHaveLength(6);
  });

  it('passes on failures of other kinds', async () => {
    const { inner } = made();
    const failing: Engine = {
      ...{ name: 'failing', importBlock: inner.importBlock, heads: inner.heads },
      setHeads: () => Promise.reject(new OperationError('engine-failed', 'retry', 'not today')),
    };
    await expect(catchingUp(failing, blockOf).setHeads(headsAt(first))).rejects.toThrow('not today');
    expect(inner.held.size).toBe(1);
  });
});
