import { describe, expect, it } from 'vitest';

import type { AccountState } from '../../../../src/chain/execution.ts';
import { type Address, parseAddress } from '../../../../src/ethereum/address.ts';
import { predeploys } from '../../../../src/ethereum/l2-genesis.ts';
import { EMPTY_ROOT } from '../../../../src/ethereum/trie.ts';
import { NEW_ACCOUNT, NO_CODE } from '../../../../src/services/engine/account.ts';
import type { Draft } from '../../../../src/services/engine/draft.ts';
import { accountKey } from '../../../../src/services/engine/key.ts';
import { type Machine, createMachine } from '../../../../src/services/engine/machine.ts';
import { type Message, applyTransaction } from '../../../../src/services/engine/message.ts';
import { plainTransfer } from '../../../../src/services/engine/plain-transfer.ts';
import { State } from '../../../../src/services/engine/state.ts';
import { insecureTestAccount } from '../../../../scripts/lib/test-transactions.ts';

const METIS = 10n ** 18n;
const account = (i: number): Address => insecureTestAccount('plain', i).address;
const [rich, other, nobody, contract] = [account(0), account(1), account(2), account(3)];
const code = Uint8Array.of(0x00);
const CODE_HASH = new Uint8Array(32).fill(7);

const accounts: ReadonlyMap<Address, Partial<AccountState>> = new Map([
  [rich, { nonce: 3n, balance: 100n * METIS }],
  [other, { balance: 5n }],
  [contract, { codeHash: CODE_HASH }],
  [predeploys.FeeVault, { nonce: 1n, codeHash: CODE_HASH }],
]);
const message: Message = {
  ...{ from: rich, to: nobody, value: METIS, data: new Uint8Array(0), accessList: [] },
  ...{ gasLimit: 50_000n, intrinsicGas: 21_000n, gasPrice: 30n },
};

/** A machine on a state with these accounts, ready for a block that pays its tips to `coinbase`. */
async function ready(
  more: ReadonlyMap<Address, Partial<AccountState>> = new Map(),
  coinbase = predeploys.FeeVault,
) {
  const machine = await createMachine(71_001n);
  const store = {
    get: () => undefined,
    code: (hash: Uint8Array) => (hash === CODE_HASH ? code : NO_CODE.slice(32)),
  };
  const draft = machine.state.begin(State.at(store, EMPTY_ROOT));
  for (const [address, change] of [...accounts, ...more])
    draft.setAccount(accountKey(address), { ...NEW_ACCOUNT, ...change });
  const block = machine.enter(
    {
      ...{ number: 1n, timestamp: 1n, coinbase, gasLimit: 30_000_000n, baseFeePerGas: 10n },
      ...{ prevRandao: new Uint8Array(32), parentHash: new Uint8Array(32) },
      parentBeaconBlockRoot: new Uint8Array(32),
    },
    () => undefined,
  );
  return { machine, draft, block };
}

const stateOf = ({ accounts: all }: Draft) => new Map(all);

async function both(change: Partial<Message>, more?: ReadonlyMap<Address, Partial<AccountState>>) {
  const [plain, machine] = [await ready(more), await ready(more)];
  const outcome = plainTransfer(plain.machine, plain.block, { ...message, ...change });
  const wanted = await applyTransaction(machine.machine, machine.block, { ...message, ...change });
  return { outcome, wanted, states: [stateOf(plain.draft), stateOf(machine.draft)] as const };
}

describe('a transfer to an account without code', () => {
  it('comes out as the machine has it, whoever sends and gets', async () => {
    const cases: readonly Partial<Message>[] = [
      ...[{}, { to: other }, { to: rich }, { value: 1n }, { gasPrice: 10n }, { gasLimit: 21_000n }],
      { data: Uint8Array.of(1, 2, 0), intrinsicGas: 21_036n },
      { accessList: [{ address: other, storageKeys: [new Uint8Array(32)] }], intrinsicGas: 25_300n },
      { from: other, value: 5n, gasPrice: 10n, to: nobody },
    ];
    const more = new Map([[other, { nonce: 1n, balance: METIS }]]);
    for (const change of cases) {
      const { outcome, wanted, states } = await both(change, more);
      expect(outcome).toEqual(wanted);
      expect(states[0]).toEqual(states[1]);
    }
  });

  it('of all that an account has leaves it with nothing but its number', async () => {
    const more = new Map([[other, { balance: 21_000n * 30n + 7n }]]);
    const { outcome, wanted, states } = await both({ from: other, value: 7n, gasLimit: 21_000n }, more);
    expect([outcome, states[0]]).toEqual([wanted, states[1]]);
    expect(states[0].get(accountKey(other))).toEqual({ ...NEW_ACCOUNT, nonce: 1n });
  });
});

describe('left to the machine, with nothing changed, is', () => {
  const left = async (change: Partial<Message>, made: ReturnType<typeof ready> = ready()): Promise<void> => {
    const {
      machine,
      block,
      draft,
    }: { machine: Machine; block: Parameters<typeof plainTransfer>[1]; draft: Draft } = await made;
    const before = stateOf(draft);
    expect(plainTransfer(machine, block, { ...message, ...change })).toBeUndefined();
    expect(stateOf(draft)).toEqual(before);
  };

  it('what makes or calls a contract', async () => {
    await left({ to: undefined });
    await left({ to: contract });
    for (const last of ['01', '0a']) await left({ to: parseAddress(`0x${'00'.repeat(19)}${last}`) });
  });

  it('what moves nothing: an account that stays empty goes', async () => {
    await left({ value: 0n });
    await left({}, ready(new Map(), nobody));
  });

  it('what no account can hold', async () => {
    await left({ to: other }, ready(new Map([[other, { balance: (1n << 256n) - METIS }]])));
    const most = new Map([[other, { balance: (1n << 256n) - METIS - 1n }]]);
    const { outcome, wanted, states } = await both({ to: other }, most);
    expect([outcome, states[0]]).toEqual([wanted, states[1]]);
  });
});
