import { describe, expect, it } from 'vitest';

import { fromHex } from '../../../../src/crypto/bytes.ts';
import {
  type AdmissionRules,
  admissionRefusal,
  readForPool,
} from '../../../../src/services/mempool/admission.ts';
import { signTestTx } from '../../../../scripts/lib/test-transactions.ts';
import { CHAIN, type SignedPlan, signed, signer } from './harness.ts';

// EIP-155, example, signed without a chain id: v is 27 + parity, whatever account that gives.
const withoutChain = fromHex(
  'f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000801ba028ef61' +
    '340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555' +
    'c9f3dc64214b297fb1966a3b6d83',
)!;
const badlySigned = (raw: Uint8Array): Uint8Array => {
  const out = raw.slice();
  // r becomes larger than the order; s and its prefix stand behind it.
  out.fill(0xff, out.length - 65, out.length - 33);
  return out;
};
const plan = {
  type: 2,
  ...{ chainId: CHAIN, nonce: 0n, to: undefined, value: 0n, gasLimit: 21_000n },
  ...{ fee: 100n, tip: 10n, data: new Uint8Array(0) },
} as const;
const creation = (length: number): Uint8Array =>
  signTestTx({ ...plan, gasLimit: 10_000_000n, data: new Uint8Array(length) }, signer(0).secret);
const ofNonce = (nonce: bigint): Uint8Array =>
  signTestTx({ ...plan, nonce, to: signer(0).address }, signer(0).secret);

describe('bytes that ask to be let in', () => {
  it.each([0, 1, 2] as const)('are read where they are a transaction of type %i for this chain', (type) => {
    expect(readForPool(signed({ type }), CHAIN)).toMatchObject({ type, sender: signer(0).address });
  });

  it('are copied: who sent them may use their memory again', () => {
    const buffer = Buffer.concat([signed({}), new Uint8Array(100)]);
    const tx = readForPool(buffer.subarray(0, signed({}).length), CHAIN);
    buffer.fill(0);
    expect(tx).toMatchObject({ raw: signed({}) });
    expect('raw' in tx && tx.raw.buffer.byteLength).toBe(signed({}).length);
  });

  it.each<readonly [string, string, string, Uint8Array]>([
    ['no bytes', 'tx-malformed', 'rlp: ', new Uint8Array(0)],
    ['a cut transaction', 'tx-malformed', 'rlp: ', signed({}).subarray(0, 90)],
    ['type 3', 'tx-type', 'transaction type not supported: ', Uint8Array.of(3, 0xc0)],
    ['type 4', 'tx-type', 'transaction type not supported: ', Uint8Array.of(4, 0xc0)],
    ['more bytes than a batch takes', 'tx-too-large', 'oversized data: ', new Uint8Array(98_305).fill(2)],
    ['more code than a contract may bring', 'tx-init-code', 'max initcode size exceeded: ', creation(49_153)],
    ['the last nonce of all', 'tx-nonce', 'nonce has max value: ', ofNonce((1n << 64n) - 1n)],
    [
      'a tip above the cap',
      'tx-tip',
      'max priority fee per gas higher than max fee per gas: ',
      signed({ tip: 101 }),
    ],
    ['too little gas', 'tx-gas', 'intrinsic gas too low: ', signed({ gas: 20_999n })],
    ['an r that is no r', 'tx-signature', 'invalid sender: ', badlySigned(signed({}))],
    [
      'another chain',
      'wrong-chain',
      'invalid sender: invalid chain id for signer: have 5 want 71001',
      signed({ chainId: 5n }),
    ],
    [
      'no chain at all',
      'pool-unreplayable',
      'only replay-protected (EIP-155) transactions allowed over RPC',
      withoutChain,
    ],
  ])('%s: refused with %s', (_, code, begins, raw) => {
    const refusal = readForPool(raw, CHAIN);
    expect(refusal).toMatchObject({ kind: 'refused', code });
    expect((refusal as { readonly message: string }).message.startsWith(begins)).toBe(true);
  });
});

describe('what a sequencer asks of a transaction', () => {
  const all: AdmissionRules = { chainId: CHAIN, minTip: 10n, allowed: undefined };
  const refusalOf = (plan: SignedPlan, rules: Partial<AdmissionRules> = {}, baseFee = 50n) => {
    const tx = readForPool(signed(plan), CHAIN);
    if ('kind' in tx) throw new Error(tx.message);
    return admissionRefusal(tx, { ...all, ...rules }, baseFee);
  };
  const refusedWith = (code: string, message: string): unknown => ({ kind: 'refused', code, message });

  it('is nothing that an ordinary one lacks', () => {
    expect(refusalOf({})).toBeUndefined();
  });

  it('is a gas limit that fits in a block', () => {
    expect(refusalOf({ gas: 30_000_000n })).toBeUndefined();
    expect(refusalOf({ gas: 30_000_001n })).toEqual(
      refusedWith('pool-gas-limit', 'exceeds block gas limit: 30000001 of 30000000'),
    );
  });

  it('is a tip', () => {
    expect(refusalOf({ tip: 9 })).toEqual(
      refusedWith('pool-underpriced', 'transaction underpriced: gas tip cap 9, minimum needed 10'),
    );
  });

  it('is a cap that pays the base fee of the next block', () => {
    expect(refusalOf({ cap: 100 }, {}, 100n)).toBeUndefined();
    expect(refusalOf({ cap: 100 }, {}, 101n)).toEqual(
      refusedWith(
        'pool-fee-too-low',
        'max fee per gas less than block base fee: ' +
          `address ${signer(0).address}, maxFeePerGas: 100, baseFee: 101`,
      ),
    );
  });

  it('is a sender of its list, where it has one', () => {
    const allowed = new Set([signer(1).address]);
    expect(refusalOf({ from: 1 }, { allowed })).toBeUndefined();
    expect(refusalOf({ from: 0 }, { allowed })).toMatchObject({ code: 'pool-not-allowed' });
    expect(refusalOf({ from: 0 }, { allowed: new Set() })).toMatchObject({ code: 'pool-not-allowed' });
  });
});
