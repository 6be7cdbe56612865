import type { AccountFields, StateManagerInterface } from '@ethereumjs/common';
import { OriginalStorageCache } from '@ethereumjs/statemanager';
import { type Account, type Address, createAccount } from '@ethereumjs/util';

import type { AccountState } from '../../chain/execution.ts';
import { Bug, assert } from '../../crypto/errors.ts';
import { NEW_ACCOUNT } from './account.ts';
import { Draft, withoutZeros } from './draft.ts';
import { keyOf } from './key.ts';
import type { StateView } from './state.ts';

/** An account as the machine has it: a copy, since the machine writes into what it is given. */
export function evmAccount({ nonce, balance, storageRoot, codeHash }: AccountState): Account {
  // What is given to `createAccount` goes through bytes, which takes longer than all the rest.
  const account = createAccount({});
  [account.nonce, account.balance] = [nonce, balance];
  [account.storageRoot, account.codeHash] = [storageRoot, codeHash];
  return account;
}

const stateOf = ({ nonce, balance, storageRoot, codeHash }: Account): AccountState => ({
  ...{ nonce, balance, storageRoot, codeHash },
});

/** A draft as the machine of @ethereumjs sees state. */
export class EvmState implements StateManagerInterface {
  readonly originalStorageCache: OriginalStorageCache;
  #draft: Draft | undefined;

  constructor() {
    this.originalStorageCache = new OriginalStorageCache((address, slot) => this.getStorage(address, slot));
  }

  /** The draft that is being written. */
  get draft(): Draft {
    assert(this.#draft !== undefined, 'a machine runs on a draft');
    return this.#draft;
  }

  /** Begins anew, on another state. */
  begin(base: StateView): Draft {
    this.originalStorageCache.clear();
    return (this.#draft = new Draft(base));
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const account = this.draft.account(keyOf(address.bytes));
    return account === undefined ? undefined : evmAccount(account);
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    this.draft.setAccount(keyOf(address.bytes), account === undefined ? undefined : stateOf(account));
  }

  async deleteAccount(address: Address): Promise<void> {
    this.draft.clear(keyOf(address.bytes));
    this.draft.setAccount(keyOf(address.bytes), undefined);
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = this.draft.account(keyOf(address.bytes)) ?? NEW_ACCOUNT;
    const { nonce = account.nonce, balance = account.balance, codeHash = account.codeHash } = fields;
    this.draft.setAccount(keyOf(address.bytes), {
      ...{ nonce, balance, codeHash, storageRoot: account.storageRoot },
    });
  }

  async putCode(address: Address, value: Uint8Array): Promise<void> {
    await this.modifyAccountFields(address, { codeHash: this.draft.addCode(value) });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const account = this.draft.account(keyOf(address.bytes));
    return account === undefined ? new Uint8Array(0) : this.draft.code(account.codeHash);
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: Address, slot: Uint8Array): Promise<Uint8Array> {
    return this.draft.slot(keyOf(address.bytes), keyOf(slot));
  }

  async putStorage(address: Address, slot: Uint8Array, value: Uint8Array): Promise<void> {
    assert(slot.length === 32 && value.length <= 32, 'slots and their values are words');
    this.draft.setSlot(keyOf(address.bytes), keyOf(slot), withoutZeros(value));
  }

  async clearStorage(address: Address): Promise<void> {
    this.draft.clear(keyOf(address.bytes));
  }

  async checkpoint(): Promise<void> {
    this.draft.mark();
  }

  async commit(): Promise<void> {
    this.draft.keep();
  }

  async revert(): Promise<void> {
    this.draft.takeBack();
  }

  clearCaches(): void {
    this.originalStorageCache.clear();
  }

  // What follows is for other users of the interface than the machine that runs here.

  getStateRoot(): Promise<Uint8Array> {
    return Promise.reject(new Bug('the root of a draft is that of the state made of it'));
  }

  setStateRoot(): Promise<void> {
    return Promise.reject(new Bug('a draft begins on a state'));
  }

  hasStateRoot(): Promise<boolean> {
    return Promise.reject(new Bug('states are found by their block'));
  }

  shallowCopy(): StateManagerInterface {
    throw new Bug('each machine has one draft');
  }
}
