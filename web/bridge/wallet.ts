import { to0x } from '../../src/crypto/bytes.ts';
import type { Address } from '../../src/ethereum/address.ts';
import { type Decoder, Malformed, bytes, hash32, list, quantity } from '../explorer/decode.ts';
import { type Refused, refusalOf } from '../explorer/node.ts';
import { address } from './answers.ts';

/** A wallet in the browser: keys are in there, and nowhere else. [EIP-1193] */
export interface Provider {
  readonly request: (asked: {
    readonly method: string;
    readonly params: readonly unknown[];
  }) => Promise<unknown>;
  readonly on?: (event: string, listener: () => void) => unknown;
}

/** Why a wallet did not do what it was asked for, for the reader of the page. */
export class WalletProblem extends Error {}

/** A chain as wallets are told of it. */
export interface WalletChain {
  readonly id: bigint;
  readonly name: string;
  /** How a wallet that does not know the chain reaches it; undefined: it must know. */
  readonly url: string | undefined;
}

/** What a wallet is to sign. Amounts in wei. */
export interface WalletCall {
  readonly to: Address;
  readonly value: bigint;
  readonly data: Uint8Array;
}

/** Fields beyond that of a transaction which is signed and not sent: nobody else fills them in. */
export interface WalletFees {
  readonly nonce: bigint;
  readonly gas: bigint;
  readonly gasPrice: bigint;
}

const [REJECTED, UNKNOWN_CHAIN, UNSUPPORTED, NO_METHOD] = [4001, 4902, 4200, -32_601];
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** One account of a wallet. */
export class Wallet {
  readonly account: Address;
  readonly #provider: Provider;

  constructor(provider: Provider, account: Address) {
    [this.#provider, this.account] = [provider, account];
  }

  /** Asks the wallet which account the page may see. @throws WalletProblem */
  static async connect(provider: Provider): Promise<Wallet> {
    const [account] = await ask(provider, 'eth_requestAccounts', list(address, 100));
    if (account === undefined) throw new WalletProblem('The wallet shows this page no account.');
    return new Wallet(provider, account);
  }

  /** The chain on which the wallet is. */
  readonly chain = (): Promise<bigint> => ask(this.#provider, 'eth_chainId', quantity);

  /** Has a call signed and sent on a chain, and on no other. Gives the hash. @throws WalletProblem */
  async send(chain: WalletChain, call: WalletCall): Promise<string> {
    await this.#prepare(chain);
    return ask(this.#provider, 'eth_sendTransaction', hash32, {
      ...this.#fields(call),
      chainId: hex(chain.id),
    });
  }

  /** Has a transaction signed and not sent: 0x and hex. Few wallets do. @throws WalletProblem */
  async sign(chain: WalletChain, call: WalletCall, { nonce, gas, gasPrice }: WalletFees): Promise<string> {
    await this.#prepare(chain);
    return ask(this.#provider, 'eth_signTransaction', signed, {
      ...this.#fields(call),
      ...{ chainId: hex(chain.id), nonce: hex(nonce), gas: hex(gas), gasPrice: hex(gasPrice) },
    });
  }

  #fields({ to, value, data }: WalletCall): Readonly<Record<string, string>> {
    return { from: this.account, to, value: hex(value), data: to0x(data) };
  }

  /** The account and the chain are asked for before each signature: wallets change both at any time. */
  async #prepare(chain: WalletChain): Promise<void> {
    const accounts = await ask(this.#provider, 'eth_accounts', list(address, 100));
    if (accounts[0] !== this.account)
      throw new WalletProblem('The wallet has changed to another account. Connect it again.');
    if ((await this.chain()) === chain.id) return;
    await this.#change(chain);
    const found = await this.chain();
    if (found === chain.id) return;
    throw new WalletProblem(
      `The wallet is on chain ${found}, and not on ${chain.name}, ${chain.id}. ${NOTHING}`,
    );
  }

  async #change(chain: WalletChain): Promise<void> {
    const change = (): Promise<unknown> =>
      ask(this.#provider, 'wallet_switchEthereumChain', (value) => value, { chainId: hex(chain.id) });
    try {
      await change();
    } catch (error) {
      const isUnknown = error instanceof WalletRefusal && error.code === UNKNOWN_CHAIN;
      if (!isUnknown) throw error;
      if (chain.url === undefined)
        throw new WalletProblem(`The wallet does not know ${chain.name}, chain ${chain.id}. Add it there.`);
      await this.#add(chain, chain.url);
      await change();
    }
  }

  #add({ id, name }: WalletChain, url: string): Promise<unknown> {
    const nativeCurrency = { name: 'METIS', symbol: 'METIS', decimals: 18 };
    const chain = { chainId: hex(id), chainName: name, rpcUrls: [url], nativeCurrency };
    return ask(this.#provider, 'wallet_addEthereumChain', (value) => value, chain);
  }
}

const NOTHING = 'Nothing was signed.';

/** What a wallet refused, by its code. */
class WalletRefusal extends WalletProblem {
  readonly code: number;
  constructor({ code, message }: Refused) {
    super(wordsOf(code, message));
    this.code = code;
  }
}

function wordsOf(code: number, message: string): string {
  if (code === REJECTED) return `You declined in the wallet. ${NOTHING}`;
  if (code === UNSUPPORTED || code === NO_METHOD) return `This wallet cannot do that: ${message}. ${NOTHING}`;
  return `The wallet refuses: ${message}`;
}

/** Wallets give the bytes, or, as geth does, an object that has them. */
const signed: Decoder<string> = (value, path) =>
  bytes(typeof value === 'object' && value !== null ? Reflect.get(value, 'raw') : value, path);

async function ask<T>(
  provider: Provider,
  method: string,
  read: Decoder<T>,
  ...params: readonly unknown[]
): Promise<T> {
  let answer: unknown;
  try {
    answer = await provider.request({ method, params });
  } catch (error) {
    throw new WalletRefusal(refusalOf(error));
  }
  try {
    return read(answer, method);
  } catch (error) {
    if (error instanceof Malformed)
      throw new WalletProblem(`The wallet answers no such thing: ${error.message}.`);
    throw error;
  }
}
