import { fromHex, to0x } from '../../src/crypto/bytes.ts';
import { InputError } from '../../src/crypto/errors.ts';
import type { Address } from '../../src/ethereum/address.ts';
import {
  type ContractCall,
  type L2Message,
  METIS,
  approveCall,
  depositCall,
  finalizeCall,
  forceCall,
  withdrawCall,
} from '../../src/ethereum/bridge-calls.ts';
import {
  allowanceOf,
  bridgeFee,
  forcedFeePerGas,
  outputAt,
  tokenBalance,
} from '../../src/ethereum/bridge-views.ts';
import { decodeL2Tx } from '../../src/ethereum/l2-tx.ts';
import { quantity } from '../explorer/decode.ts';
import type { L2Node } from '../explorer/node.ts';
import { metis } from '../explorer/words.ts';
import { BadAmount } from './amount.ts';
import { type RollupFacts, ask, getProof } from './answers.ts';
import { checkProof } from './proof.ts';
import type { WalletCall, WalletFees } from './wallet.ts';

/** Both ends of the bridge. */
export interface Ends {
  readonly l1: L2Node;
  readonly l2: L2Node;
  readonly rollup: RollupFacts;
  /** METIS on L1. */
  readonly token: Address;
}

/** One signature, and what is shown before it. */
export interface Step {
  readonly title: string;
  readonly on: 'l1' | 'l2';
  /** With fees the transaction is signed and goes nowhere. */
  readonly fees?: WalletFees;
  readonly call: WalletCall;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** What a reader wants, one signature after another; `done` has what came of those before. */
export interface Flow {
  readonly title: string;
  readonly next: (done: readonly string[]) => Promise<Step | undefined>;
}

const walletCall = ({ to, data, value = 0n }: ContractCall): WalletCall => ({ to, data, value });

/** Lets the bridge take that much, and no more, where it may not yet, and deposits it. */
export function depositFlow(
  { l1, rollup, token }: Ends,
  { from, to, wei }: { readonly from: Address; readonly to: Address; readonly wei: bigint },
): Flow {
  const { bridge, l2ChainId } = rollup;
  let isApproved = false;
  return {
    title: `Deposit ${metis(wei)}`,
    next: async (done) => {
      if (done.length > (isApproved ? 1 : 0)) return undefined;
      const facts = [['Amount', metis(wei)] as const];
      const has = await l1.ask(ask(token, tokenBalance(from)));
      if (has < wei) throw new BadAmount(`The account has ${metis(has)} on L1.`);
      if (done.length === 0 && (await l1.ask(ask(token, allowanceOf(from, bridge)))) < wei) {
        isApproved = true;
        const call = walletCall(approveCall(token, bridge, wei));
        return { title: 'Let the bridge take it', on: 'l1', call, facts };
      }
      const fee = await l1.ask(ask(bridge, bridgeFee()));
      const call = walletCall(depositCall({ bridge, l2ChainId, token, to, amount: wei, l2Gas: 0, fee }));
      return { title: 'Deposit', on: 'l1', call, facts: [...facts, ['To, on L2', to]] };
    },
  };
}

/** Lets METIS leave L2. */
export function withdrawFlow({ to, wei }: { readonly to: Address; readonly wei: bigint }): Flow {
  const facts = [['Amount', metis(wei)] as const, ['To, on L1', to] as const];
  const call = walletCall(withdrawCall(METIS, to, wei));
  return {
    title: `Withdraw ${metis(wei)}`,
    next: async (done) => (done.length > 0 ? undefined : { title: 'Leave L2', on: 'l2', call, facts }),
  };
}

/** Releases on L1 what left L2, by a proof that was checked here. */
export function finishFlow(
  { l1, l2, rollup }: Ends,
  { message, index }: { readonly message: L2Message; readonly index: bigint },
): Flow {
  const { bridge, outputs, l2ChainId } = rollup;
  return {
    title: `Finish the withdrawal of ${metis(message.amount)}`,
    next: async (done) => {
      if (done.length > 0) return undefined;
      const { l2Block, outputRoot } = await l1.ask(ask(outputs, outputAt(index)));
      const proof = await l2.ask(getProof(message.nonce, l2Block));
      checkProof(proof, { l2ChainId, message, outputRoot });
      const { output, path } = proof;
      const call = walletCall(finalizeCall({ bridge, message, outputIndex: index, output, path }));
      const facts = [
        ['Amount', metis(message.amount)] as const,
        ['To, on L1', message.target] as const,
        ['Proven by', `output ${index}, the L2 block ${l2Block}`] as const,
      ];
      return { title: 'Prove and finish', on: 'l1', call, facts };
    },
  };
}

/** A transaction that is to be forced, as its sender typed it. */
export interface Draft {
  readonly from: Address;
  readonly to: Address;
  readonly wei: bigint;
  readonly data: Uint8Array;
}

/** Has a transaction of L2 signed, and queues it where no sequencer can leave it out. */
export function draftFlow(ends: Ends, draft: Draft): Flow {
  return {
    title: 'Force a transaction into L2',
    next: async (done) => {
      const [raw] = done;
      if (raw !== undefined) return done.length > 1 ? undefined : enqueueStep(ends, raw);
      const { to, wei: value, data } = draft;
      const fees = await feesOf(ends.l2, draft);
      const facts = [
        ['Value', metis(value)] as const,
        ['Nonce', String(fees.nonce)] as const,
        ['Gas limit', String(fees.gas)] as const,
      ];
      const title = 'Sign the transaction of L2, without sending it';
      return { title, on: 'l2', fees, call: { to, value, data }, facts };
    },
  };
}

/** Queues a transaction that somebody has signed elsewhere. */
export const rawFlow = (ends: Ends, raw: string): Flow => ({
  title: 'Force a transaction into L2',
  next: async (done) => (done.length > 0 ? undefined : enqueueStep(ends, raw)),
});

const fixed = (method: string, ...params: readonly unknown[]) => ({ method, params, read: quantity });

async function feesOf(l2: L2Node, { from, to, wei, data }: Draft): Promise<WalletFees> {
  const call = { from, to, value: `0x${wei.toString(16)}`, data: to0x(data) };
  const [nonce, gas, price] = await Promise.all([
    l2.ask(fixed('eth_getTransactionCount', from, 'pending')),
    l2.ask(fixed('eth_estimateGas', call)),
    l2.ask(fixed('eth_gasPrice')),
  ]);
  // It waits for L1: the base fee may have risen by then.
  return { nonce, gas, gasPrice: price * 2n };
}

/** @throws InputError for bytes that L2 would not execute */
async function enqueueStep({ l1, rollup }: Ends, typed: string): Promise<Step> {
  const raw = fromHex(typed);
  if (raw === undefined || !typed.startsWith('0x'))
    throw new InputError('tx-malformed', 'transaction', 'the signed transaction is not 0x and hex');
  const tx = decodeL2Tx(raw, rollup.l2ChainId);
  const fee = (await l1.ask(ask(rollup.forcedInbox, forcedFeePerGas()))) * tx.gasLimit;
  const facts = [
    ['Transaction of L2', to0x(tx.hash)] as const,
    ['Its sender', tx.sender] as const,
    ['Its nonce', String(tx.nonce)] as const,
    ['Goes to', tx.to ?? 'a new contract'] as const,
    ['With', metis(tx.value)] as const,
  ];
  const call = walletCall(forceCall(rollup.forcedInbox, raw, fee));
  return { title: 'Queue it on L1', on: 'l1', call, facts };
}
