import { secp256k1 } from '@noble/curves/secp256k1.js';

import { ascii, bytesToBigint, concat, u8 } from '../../src/crypto/bytes.ts';
import { assert } from '../../src/crypto/errors.ts';
import { expand, taggedHash } from '../../src/crypto/hash.ts';
import { tags } from '../../src/crypto/tags.ts';
import { type Rng, actBase, scalar } from '../../src/crypto/secp256k1.ts';
import {
  type Address,
  addressBytes,
  addressFromBytes,
  addressOf,
  keccak256,
} from '../../src/ethereum/address.ts';
import type { TxSignature } from '../../src/ethereum/recover.ts';
import { type RlpItem, encodeRlp, rlpInteger } from '../../src/ethereum/rlp.ts';

/** An account of the demo. Its key is worth nothing: anybody can derive it from the printed seed. */
export interface TestAccount {
  readonly secret: Uint8Array;
  readonly address: Address;
}

/** The account number `index` of a seed. For tests and demos only. */
export function insecureTestAccount(seed: string, index: number): TestAccount {
  const secret = taggedHash(tags.test, ascii(`account/${seed}/${index}`));
  return { secret, address: addressOf(actBase(scalar(bytesToBigint(secret)))) };
}

/** Repeatable bytes of a seed. For tests and demos only. */
export function insecureRngOf(seed: string): Rng {
  let call = 0;
  return (length) => expand(tags.test, length, ascii(`rng/${seed}/${call++}`));
}

/** An ECDSA signature of one ordinary key over a digest, low-s. */
export function signDigest(digest: Uint8Array, secret: Uint8Array): TxSignature {
  const bytes = secp256k1.sign(digest, secret, { prehash: false, lowS: true, format: 'recovered' });
  const { r, s, recovery } = secp256k1.Signature.fromBytes(bytes, 'recovered');
  return { r, s, yParity: recovery === 1 ? 1 : 0 };
}

/** What a raw transaction says. */
export interface TestTx {
  readonly type: 0 | 1 | 2;
  readonly chainId: bigint;
  readonly nonce: bigint;
  readonly to: Address | undefined;
  readonly value: bigint;
  readonly gasLimit: bigint;
  readonly fee: bigint;
  readonly tip: bigint;
  readonly data: Uint8Array;
  readonly accessList?: RlpItem;
}

/** Signs and encodes a transaction as a wallet does. */
export function signTestTx(tx: TestTx, secret: Uint8Array): Uint8Array {
  const { type, chainId, accessList = [] } = tx;
  const to = tx.to === undefined ? new Uint8Array(0) : addressBytes(tx.to);
  const fees = type === 2 ? [tx.tip, tx.fee] : [tx.fee];
  const head = [tx.nonce, ...fees, tx.gasLimit].map(rlpInteger);
  const middle = [...head, to, rlpInteger(tx.value), tx.data];
  const zero = rlpInteger(0n);
  const fields = type === 0 ? middle : [rlpInteger(chainId), ...middle, accessList];
  const unsigned = type === 0 ? [...fields, rlpInteger(chainId), zero, zero] : fields;
  const prefix = type === 0 ? new Uint8Array(0) : u8(type);
  const { r, s, yParity } = signDigest(keccak256(concat(prefix, encodeRlp(unsigned))), secret);
  const v = type === 0 ? 35n + 2n * chainId + BigInt(yParity) : BigInt(yParity);
  return concat(prefix, encodeRlp([...fields, ...[v, r, s].map(rlpInteger)]));
}

/** What to make. */
export interface BatchPlan {
  readonly seed: string;
  readonly l2ChainId: bigint;
  readonly accounts: number;
  readonly transactions: number;
}

const GWEI = 1_000_000_000n;
const TRANSFER_SELECTOR = Uint8Array.from([0xa9, 0x05, 0x9c, 0xbb]);

/**
 * Real signed transactions of the types 0, 1 and 2, in turn, from accounts in turn, nonces without gaps:
 * plain transfers, token transfers, and some with an access list. The same plan gives the same bytes.
 */
export function makeTransactions(plan: BatchPlan): readonly Uint8Array[] {
  const { seed, l2ChainId: chainId } = plan;
  const rng = insecureRngOf(seed);
  const accounts = Array.from({ length: plan.accounts }, (_, i) => insecureTestAccount(seed, i));
  return accounts.length === 0
    ? []
    : Array.from({ length: plan.transactions }, (_, i) => {
        const from = accounts[i % accounts.length];
        assert(from !== undefined, 'there is an account for every turn');
        const nonce = BigInt(Math.floor(i / accounts.length));
        return signTestTx({ ...shapeOf(i, rng), chainId, nonce }, from.secret);
      });
}

function shapeOf(i: number, rng: Rng): Omit<TestTx, 'chainId' | 'nonce'> {
  const type = ([0, 1, 2] as const)[i % 3] ?? 2;
  const to = addressFromBytes(rng(20));
  const amount = bytesToBigint(rng(2)) * 1_000_000n * GWEI;
  const fees = { fee: 2n * GWEI + BigInt(i % 7), tip: GWEI };
  if (i % 4 !== 3) return { type, to, value: amount, gasLimit: 21_000n, data: new Uint8Array(0), ...fees };
  const token = addressFromBytes(rng(20));
  const word = (bytes: Uint8Array): Uint8Array => concat(new Uint8Array(32 - bytes.length), bytes);
  const data = concat(TRANSFER_SELECTOR, word(addressBytes(to)), word(rng(8)));
  const accessList = type === 0 ? [] : [[addressBytes(token), [rng(32)]]];
  return { type, to: token, value: 0n, gasLimit: 80_000n, data, accessList, ...fees };
}
