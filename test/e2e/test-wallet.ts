import type { Page } from 'playwright-core';

import { fromHex, to0x } from '../../src/crypto/bytes.ts';
import { assert } from '../../src/crypto/errors.ts';
import { type Address, parseAddress } from '../../src/ethereum/address.ts';
import type { Account } from '../../src/apps/bridge/account.ts';
import { signTestTx } from '../../scripts/lib/test-transactions.ts';

/** What a wallet is asked for: strings throughout, where a transaction is meant. */
type Fields = Readonly<Record<string, string>>;

/** A refusal, as EIP-1193 has it. */
class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A wallet for tests: it signs with one key, on either chain, whatever it is asked to. [EIP-1193] */
export class TestWallet {
  /** Every method that it was asked for, in order. */
  readonly asked: string[] = [];
  /** The chain on which it is. */
  chain: bigint;
  /** Chains that it knows. */
  readonly known: Set<bigint>;
  /** Codes with which methods are refused. */
  readonly refuses: Map<string, number> = new Map();
  /** Says that it changed chains, and did not. */
  isStubborn = false;
  readonly #accounts: ReadonlyMap<bigint, Account>;
  readonly #secret: Uint8Array;

  constructor(accounts: ReadonlyMap<bigint, Account>, secret: Uint8Array, chain: bigint) {
    [this.#accounts, this.#secret, this.chain] = [accounts, secret, chain];
    this.known = new Set([chain]);
  }

  /** Puts it into a page: as the one wallet there, or as one of several that announce themselves. */
  async into(page: Page, name?: string): Promise<void> {
    await page.exposeFunction('askTestWallet', async (text: string): Promise<string> => {
      const { method, params } = JSON.parse(text) as { method: string; params: readonly unknown[] };
      try {
        return JSON.stringify({ result: await this.#answer(method, params) });
      } catch (error) {
        const { code = -32_603, message } = error as { code?: number; message: string };
        return JSON.stringify({ error: { code, message } });
      }
    });
    const provider = `{ request: async (asked) => {
      const { result, error } = JSON.parse(await window.askTestWallet(JSON.stringify(asked)));
      if (error) throw Object.assign(new Error(error.message), { code: error.code });
      return result;
    }, on: (event, listener) => { (window.testWalletListeners ??= {})[event] = listener; } }`;
    await page.addInitScript(
      name === undefined
        ? `window.ethereum = ${provider};`
        : `{ const detail = { info: { uuid: '1', name: ${JSON.stringify(name)} }, provider: ${provider} };
            window.addEventListener('eip6963:requestProvider', () => window.dispatchEvent(
              new CustomEvent('eip6963:announceProvider', { detail }))); }`,
    );
  }

  async #answer(method: string, params: readonly unknown[]): Promise<unknown> {
    this.asked.push(method);
    const code = this.refuses.get(method);
    if (code !== undefined) throw new Refusal(code, `${method} is refused`);
    const fields = (params[0] ?? {}) as Fields;
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return [this.#account.address.toLowerCase()];
      case 'eth_chainId':
        return `0x${this.chain.toString(16)}`;
      case 'wallet_addEthereumChain':
        this.known.add(BigInt(String(fields['chainId'])));
        return null;
      case 'wallet_switchEthereumChain':
        return this.#change(BigInt(String(fields['chainId'])));
      case 'eth_sendTransaction':
        return this.#send(fields);
      case 'eth_signTransaction':
        return this.#sign(fields);
      default:
        throw new Refusal(4200, `there is no ${method}`);
    }
  }

  get #account(): Account {
    const account = this.#accounts.get(this.chain) ?? [...this.#accounts.values()][0];
    assert(account !== undefined, 'the wallet has an account');
    return account;
  }

  #change(chain: bigint): null {
    if (!this.known.has(chain)) throw new Refusal(4902, 'unknown chain');
    if (!this.isStubborn) this.chain = chain;
    return null;
  }

  async #send(fields: Fields): Promise<string> {
    const { to, value, data } = this.#read(fields);
    const account = this.#account;
    const tx = await account.sign({ to, value, data });
    await account.chain.send(tx);
    return to0x(tx.hash);
  }

  #sign(fields: Fields): string {
    const { to, value, data } = this.#read(fields);
    const number = (name: string): bigint => BigInt(String(fields[name]));
    const [nonce, gasLimit, fee] = [number('nonce'), number('gas'), number('gasPrice')];
    const tx = { type: 0, chainId: this.chain, nonce, to, value, data, gasLimit, fee, tip: fee } as const;
    return to0x(signTestTx(tx, this.#secret));
  }

  #read(fields: Fields): { readonly to: Address; readonly value: bigint; readonly data: Uint8Array } {
    assert(BigInt(String(fields['chainId'])) === this.chain, 'a wallet signs for the chain on which it is');
    const data = fromHex(String(fields['data']));
    assert(data !== undefined, 'calldata is hex');
    return { to: parseAddress(String(fields['to'])), value: BigInt(String(fields['value'])), data };
  }
}
