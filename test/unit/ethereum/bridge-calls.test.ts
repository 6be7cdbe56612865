import { decodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import {
  type ContractCall,
  METIS,
  approveCall,
  checkpointCall,
  depositCall,
  finalizeCall,
  forceCall,
  relayCall,
  withdrawCall,
} from '../../../src/ethereum/bridge-calls.ts';
import { type ContractName, contracts } from '../../../src/ethereum/contracts.ts';
import { predeploys } from '../../../src/ethereum/l2-genesis.ts';
import { bondCall, moveCall, proposeCall } from '../../../src/ethereum/output-calls.ts';

const account = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const [bridge, token, to] = [account('11'), account('22'), account('33')];
const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const read = (name: ContractName, { data }: ContractCall) =>
  decodeFunctionData({ abi: contracts[name].abi, data: to0x(data) });
const output = { blockNumber: 9n, blockHash: word(1), stateRoot: word(2), messageTreeRoot: word(3) };
const opened = {
  ...{ blockNumber: 9n, blockHash: to0x(word(1)), stateRoot: to0x(word(2)) },
  messageTreeRoot: to0x(word(3)),
};
const path = Array.from({ length: 32 }, (_, i) => word(i));

describe('a call of the bridge', () => {
  it('deposits METIS or a token, with the fee', () => {
    const call = depositCall({ bridge, l2ChainId: 7n, token, to, amount: 5n, l2Gas: 6, fee: 8n });
    expect(call).toMatchObject({ to: bridge, value: 8n });
    expect(read('Bridge', call)).toEqual({
      ...{ functionName: 'depositERC20ToByChainId', args: [7n, token, METIS, to, 5n, 6, '0x'] },
    });
    expect(read('MetisToken', approveCall(token, bridge, 5n))).toEqual({
      ...{ functionName: 'approve', args: [bridge, 5n] },
    });
  });

  it('forces bytes in', () => {
    const call = forceCall(to, Uint8Array.of(1, 2), 9n);
    expect(call).toMatchObject({ to, value: 9n });
    expect(read('ForcedInbox', call)).toEqual({ functionName: 'enqueue', args: ['0x0102'] });
  });

  it('lets METIS leave with its value, and a token without one', () => {
    const metis = withdrawCall(METIS, to, 5n);
    expect(metis).toMatchObject({ to: predeploys.MessagePasser, value: 5n });
    expect(read('MessagePasser', metis)).toEqual({ functionName: 'withdraw', args: [METIS, to, 5n] });
    const other = withdrawCall(token, to, 5n);
    expect([other.to, other.value]).toEqual([predeploys.L2TokenBridge, undefined]);
    expect(read('L2TokenBridge', other)).toEqual({ functionName: 'withdraw', args: [token, to, 5n] });
  });

  it('finalizes with message, output and 32 siblings', () => {
    const data = Uint8Array.of(4);
    const message = { nonce: 1n, sender: to, target: to, token: METIS, amount: 2n, data };
    const call = finalizeCall({ bridge, message, outputIndex: 3n, output, path });
    expect(read('Bridge', call)).toEqual({
      functionName: 'finalizeWithdrawal',
      args: [{ ...message, data: '0x04' }, 3n, opened, path.map(to0x)],
    });
    const short = { bridge, message, outputIndex: 3n, output, path: path.slice(1) };
    expect(() => finalizeCall(short)).toThrow('a path of 31 siblings');
  });

  it('proves what L1 said, and delivers it', () => {
    const checkpoint = { timestamp: 1n, originNumber: 2n, originHash: word(3), messageRoot: word(4) };
    expect(read('Messenger', checkpointCall(checkpoint))).toEqual({
      ...{ functionName: 'checkpoint', args: [1n, 2n, to0x(word(3)), to0x(word(4))] },
    });
    const message = { nonce: 1n, sender: to, target: token, l2Gas: 2n, data: Uint8Array.of(5) };
    expect(read('Messenger', relayCall(message, path))).toEqual({
      functionName: 'relay',
      args: [{ ...message, l2Gas: 2, data: '0x05' }, path.map(to0x)],
    });
  });
});

describe('a call about outputs', () => {
  const place = { batchIndex: 4n, position: 5n, path: [word(6)] };
  const placed = { batchIndex: 4n, blockPos: 5n, path: [to0x(word(6))] };
  it('brings METIS for bonds, and claims without a certificate', () => {
    expect(read('Outputs', bondCall(bridge, to, 5n))).toEqual({ functionName: 'deposit', args: [to, 5n] });
    expect(read('Outputs', proposeCall(bridge, 2n, output, place))).toEqual({
      functionName: 'proposeOutput',
      args: [2n, opened, placed, 0n, '0x'],
    });
  });

  it('makes each move of a game', () => {
    const root = word(7);
    const moves = [
      moveCall(to, { kind: 'open', outputIndex: 1n, counterRoot: root }),
      moveCall(to, { kind: 'publish', id: 2n, middle: 3n, root }),
      moveCall(to, { kind: 'choose', id: 2n, isLowerHalf: true }),
      moveCall(to, { kind: 'reveal', id: 2n, output, place }),
      moveCall(to, { kind: 'judge', id: 2n, verifier: token, evidence: Uint8Array.of(8) }),
      moveCall(to, { kind: 'claim-timeout', id: 2n }),
      moveCall(to, { kind: 'give-up', id: 2n }),
    ];
    expect(moves.map((call) => read('DisputeGame', call))).toEqual([
      { functionName: 'open', args: [1n, to0x(root)] },
      { functionName: 'publish', args: [2n, 3n, to0x(root)] },
      { functionName: 'choose', args: [2n, true] },
      { functionName: 'reveal', args: [2n, opened, placed] },
      { functionName: 'judge', args: [2n, token, '0x08'] },
      { functionName: 'claimTimeout', args: [2n] },
      { functionName: 'giveUp', args: [2n] },
    ]);
  });
});
