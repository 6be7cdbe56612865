import { expect, it } from 'vitest';

import { fromHex, toHex } from '../../../../src/crypto/bytes.ts';
import { BlockRun } from '../../../../src/services/engine/block-run.ts';
import { genesisState } from '../../../../src/services/engine/genesis.ts';
import { createMachine } from '../../../../src/services/engine/machine.ts';
import { State } from '../../../../src/services/engine/state.ts';
import { CHAIN_ID, labAccounts, labGenesis, labTx } from '../../../corpus/lab.ts';

const [alice] = labAccounts(1) as [ReturnType<typeof labAccounts>[number]];
const { block, nodes, codes } = genesisState(labGenesis([alice]));
const [nodeOf, codeOf] = [nodes, codes].map(
  (named) => new Map(named.map(([hash, bytes]) => [toHex(hash), bytes])),
) as [Map<string, Uint8Array>, Map<string, Uint8Array>];
const store = {
  get: (hash: Uint8Array) => nodeOf.get(toHex(hash)),
  code: (hash: Uint8Array) => codeOf.get(toHex(hash)) ?? new Uint8Array(0),
};

/** Makes a contract of one byte, writes to transient storage, and goes on for ever. */
const MAKE = '6460016000f35f526005601b5ff050';
const endless = fromHex(`${MAKE}60015f5d5b601356`)!;
const brief = fromHex(`${MAKE}00`)!;

it('what a transaction has made goes with it where it takes too long', async () => {
  const machine = await createMachine(CHAIN_ID);
  const run = new BlockRun(machine, State.at(store, block.header.stateRoot), block.header, () => undefined);
  const add = async (data: Uint8Array): Promise<boolean> => {
    let ms = 0;
    const tx = run.check({ raw: labTx(alice, 0n, undefined, { value: 0n, gasLimit: 9_000_000n, data }) });
    if (typeof tx === 'string') throw new RangeError(tx);
    return run.add(tx, { elapsedMs: () => ms++, blockMs: 1_000, txMs: 20 });
  };
  const { draft } = machine.state;
  const transient = machine.evm.transientStorage as unknown as { readonly _indices: readonly number[] };
  const before = transient._indices.length;
  for (let i = 0; i < 5; i++) expect(await add(endless)).toBe(false);
  expect([draft.codes.size, draft.depth, draft.accounts.size]).toEqual([0, 0, 0]);
  expect(transient._indices).toHaveLength(before);
  expect(machine.evm.transientStorage.toJSON()).toEqual({});

  expect(await add(brief)).toBe(true);
  expect([...draft.codes.values()]).toEqual([Uint8Array.of(0)]);
});
