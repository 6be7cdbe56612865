import { ascii, bigintToBytes, bytesToBigint, concat, fromHex, u8 } from '../../src/crypto/bytes.ts';
import { primitives } from '../../src/crypto/primitives.ts';
import type { Credit } from '../../src/chain/l1-facts.ts';
import {
  type Address,
  addressBytes,
  addressFromBytes,
  keccak256,
  parseAddress,
} from '../../src/ethereum/address.ts';
import { predeploys } from '../../src/ethereum/l2-genesis.ts';
import { encodeRlp, rlpInteger } from '../../src/ethereum/rlp.ts';
import { type TestAccount, type TestTx } from '../../scripts/lib/test-transactions.ts';
import { Choices } from '../sim/random.ts';
import { labAccounts, labTx } from './lab.ts';
import { chatty, creationOf, endless, randomProgram } from './programs.ts';

/** What goes into one block of the corpus. */
export interface CorpusBlock {
  readonly transactions: readonly Uint8Array[];
  readonly credits: readonly Credit[];
}

/** Accounts that send the transactions of every corpus. */
export const corpusAccounts: readonly TestAccount[] = labAccounts(12);

const precompiles: readonly Address[] = Array.from({ length: 10 }, (_, i) =>
  parseAddress(`0x${'00'.repeat(19)}${(i + 1).toString(16).padStart(2, '0')}`),
);
const MOST_CONTRACTS = 40;
const selector = (signature: string): Uint8Array => keccak256(ascii(signature)).subarray(0, 4);
const word = (value: bigint | Address): Uint8Array =>
  typeof value === 'bigint' ? bigintToBytes(value, 32) : concat(new Uint8Array(12), addressBytes(value));

/** One transaction before it is signed; the nonce is the sender's next. */
type Draft = Partial<TestTx> & { readonly to: Address | undefined };

/**
 * Blocks of random transactions that a seed decides, all of which a block takes: transfers, contracts made
 * and called, ERC-20, precompiles, CREATE2, reverts, logs, access lists, destroyed contracts, and gas that
 * runs out.
 */
export class Corpus {
  readonly #choices: Choices;
  readonly #nonces = new Map<Address, bigint>();
  readonly #contracts: Address[] = [];
  #credits = 0n;

  constructor(seed: number) {
    this.#choices = new Choices(seed);
  }

  /** The next block; `count` transactions at most. */
  next(count = 12): CorpusBlock {
    const size = this.#choices.below(count + 1);
    return {
      transactions: Array.from({ length: size }, () => this.#transaction()),
      credits: this.#choices.happens(0.2) ? [this.#credit()] : [],
    };
  }

  #credit(): Credit {
    // To accounts that nothing else of the corpus touches.
    const to = addressFromBytes(keccak256(u8(this.#choices.below(6))).subarray(12));
    return { nonce: this.#credits++, to, gwei: BigInt(this.#choices.below(2 ** 32)) };
  }

  #transaction(): Uint8Array {
    const sender = this.#pick(corpusAccounts);
    const nonce = this.#nonces.get(sender.address) ?? 0n;
    this.#nonces.set(sender.address, nonce + 1n);
    const draft = this.#pick(this.#kinds)();
    if (draft.to === undefined) this.#made(sender.address, nonce);
    const type = draft.type ?? this.#pick([0, 1, 2, 2] as const);
    return labTx(sender, nonce, draft.to, {
      ...{ type, fee: 10n ** 11n, tip: type === 2 ? BigInt(this.#choices.below(3)) * 10n ** 9n : 10n ** 11n },
      ...{ value: 0n, gasLimit: 400_000n, ...draft },
    });
  }

  /** Where a transaction creates a contract. [Ethereum yellow paper, 7] */
  #made(sender: Address, nonce: bigint): void {
    const name = encodeRlp([addressBytes(sender), rlpInteger(nonce)]);
    const contract = addressFromBytes(keccak256(name).subarray(12));
    if (this.#contracts.length < MOST_CONTRACTS) this.#contracts.push(contract);
    else this.#contracts[this.#choices.below(MOST_CONTRACTS)] = contract;
  }

  #pick<T>(from: readonly T[]): T {
    const found = from[this.#choices.below(from.length)];
    if (found === undefined) throw new Error('there is something to pick');
    return found;
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#choices.below(256));
  }

  #targets(): readonly Address[] {
    return [...precompiles, ...corpusAccounts.map(({ address }) => address), ...this.#contracts];
  }

  #program(steps: number): Uint8Array {
    return randomProgram({ choices: this.#choices, targets: this.#targets() }, steps);
  }

  #call(): Draft {
    const to = this.#contracts.length === 0 ? undefined : this.#pick(this.#contracts);
    return { to, data: this.#bytes(this.#choices.below(100)), value: BigInt(this.#choices.below(3)) };
  }

  readonly #kinds: readonly (() => Draft)[] = [
    () => ({ to: this.#pick(corpusAccounts).address, value: BigInt(this.#choices.below(2 ** 40)) }),
    () => ({
      to: addressFromBytes(this.#bytes(20)),
      value: BigInt(this.#choices.below(2)),
      gasLimit: 21_000n,
    }),
    () => ({ to: predeploys.WMETIS, value: 10n ** 15n, data: selector('deposit()') }),
    () => ({ to: predeploys.WMETIS, data: this.#transferData() }),
    () => ({
      to: predeploys.WMETIS,
      data: this.#transferData(),
      gasLimit: BigInt(22_000 + this.#choices.below(30_000)),
    }),
    () => ({
      to: undefined,
      data: this.#program(10),
      gasLimit: 900_000n,
      value: BigInt(this.#choices.below(9)),
    }),
    () => ({ to: undefined, data: creationOf(this.#program(14)), gasLimit: 1_500_000n }),
    () => ({ to: undefined, data: creationOf(this.#program(5)), gasLimit: 500_000n }),
    () => ({
      to: undefined,
      data: this.#pick([endless, creationOf(endless), chatty(40)]),
      gasLimit: 200_000n,
    }),
    () => this.#call(),
    () => this.#call(),
    () => this.#call(),
    () => ({ ...this.#call(), type: 2, accessList: this.#accessList() }),
    () => ({ ...this.#call(), gasLimit: BigInt(25_000 + this.#choices.below(60_000)) }),
    () => ({ to: this.#pick(precompiles), data: this.#precompileInput() }),
  ];

  #transferData(): Uint8Array {
    const to = this.#pick(corpusAccounts).address;
    return concat(
      selector('transfer(address,uint256)'),
      word(to),
      word(BigInt(this.#choices.below(10 ** 6))),
    );
  }

  #accessList(): readonly (readonly [Uint8Array, readonly Uint8Array[]])[] {
    return Array.from({ length: this.#choices.below(4) }, () => [
      addressBytes(this.#pick(this.#targets())),
      Array.from({ length: this.#choices.below(4) }, () => word(BigInt(this.#choices.below(12)))),
    ]);
  }

  /** Noise, points of the curve bn254, lengths for MODEXP, and words that ECRECOVER takes. */
  #precompileInput(): Uint8Array {
    const point = concat(word(1n), word(2n));
    const small = Array.from({ length: 6 }, () => word(BigInt(this.#choices.below(33))));
    return this.#pick([
      ...[
        this.#bytes(this.#choices.below(200)),
        concat(point, point),
        concat(point, word(bytesToBigint(this.#bytes(32)))),
      ],
      ...[concat(...small.slice(0, 3), this.#bytes(96)), SIGNED, new Uint8Array(213), PROVEN],
    ]);
  }
}

/** A digest and a signature that has a key. */
const SIGNED: Uint8Array = concat(
  keccak256(ascii('signed')),
  bigintToBytes(27n, 32),
  fromHex('79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798') ?? new Uint8Array(32),
  bigintToBytes(7n, 32),
);

const INFINITY: Uint8Array = Uint8Array.of(0xc0, ...new Uint8Array(47));
/** A point of the blob that is zero everywhere: versioned hash, z, y, commitment, proof. [EIP-4844] */
const PROVEN: Uint8Array = concat(
  ...[u8(1), primitives().sha256(INFINITY).subarray(1), word(5n), word(0n), INFINITY, INFINITY],
);
