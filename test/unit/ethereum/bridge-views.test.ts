import { type Abi, decodeFunctionData, encodeFunctionResult } from 'viem';
import { describe, expect, it } from 'vitest';

import { fromHex, to0x } from '../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import * as views from '../../../src/ethereum/bridge-views.ts';
import { type ContractName, contracts } from '../../../src/ethereum/contracts.ts';

const account = parseAddress(`0x${'22'.repeat(20)}`);
const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const hex = (byte: number) => to0x(word(byte));

/** What a contract would answer, by its ABI. */
function answered<T>(name: ContractName, { data, read }: views.View<T>, result: unknown) {
  const abi = contracts[name].abi as Abi;
  const { functionName, args } = decodeFunctionData({ abi, data: to0x(data) });
  const answer = encodeFunctionResult({ abi, functionName, result });
  return { functionName, args, value: read(fromHex(answer)!) };
}

describe('a question to a contract', () => {
  it.each<[ContractName, views.View<unknown>, string, readonly unknown[] | undefined, unknown]>([
    ['Bridge', views.bridgeFee(), 'fee', undefined, 5n],
    ['Bridge', views.bridgeMetis(), 'metis', undefined, account],
    ['Bridge', views.l2TokenOf(account), 'l2TokenOf', [account], account],
    ['Bridge', views.isSpent(word(1)), 'spent', [hex(1)], true],
    ['ForcedInbox', views.forcedFeePerGas(), 'feePerGas', undefined, 6n],
    ['MetisToken', views.allowanceOf(account, account), 'allowance', [account, account], 7n],
    ['MetisToken', views.tokenBalance(account), 'balanceOf', [account], 8n],
    ['Messenger', views.isRelayed(word(2)), 'relayed', [hex(2)], false],
    ['Messenger', views.provenAt(word(3)), 'originOf', [hex(3)], 9n],
    ['Outputs', views.lastOutput(), 'lastIndex', undefined, 10n],
    ['Outputs', views.lastFinalOutput(), 'lastFinal', undefined, 11n],
    ['Outputs', views.depositOf(account), 'depositOf', [account], 12n],
    ['Outputs', views.outputBond(), 'outputBond', undefined, 13n],
    ['DisputeGame', views.lastGame(), 'lastGame', undefined, 14n],
  ])('of %s gets its answer', (name, view, functionName, args, result) => {
    expect(answered(name, view, result)).toEqual({ functionName, args, value: result });
  });

  it('about the root of messages gets 32 bytes', () => {
    expect(answered('MessagePasser', views.messageRootOf(), hex(4)).value).toEqual(word(4));
  });

  it('about an output gets its record', () => {
    const found = {
      ...{ outputRoot: hex(1), l2Block: 2n, windowEnd: 3n, previous: 0n, status: 2, certified: false },
      ...{ released: false, proposer: account, bond: 4n },
    };
    expect(answered('Outputs', views.outputAt(9n), found)).toEqual({
      ...{ functionName: 'outputAt', args: [9n] },
      value: {
        ...{ outputRoot: word(1), l2Block: 2n, windowEnd: 3n, status: 'disputed' },
        ...{ proposer: account, bond: 4n },
      },
    });
  });

  it('about a game gets its record', () => {
    const roots = { lowRoot: hex(1), highRoot: hex(2), midRoot: hex(3), counterRoot: hex(4) };
    const found = {
      ...{ outputIndex: 1n, low: 2n, high: 3n, deadline: 4n, ...roots },
      ...{ proposer: account, challenger: account, phase: 4, winner: account },
    };
    expect(answered('DisputeGame', views.gameAt(5n), found).value).toEqual({
      ...{ id: 5n, outputIndex: 1n, low: 2n, high: 3n, deadline: 4n, phase: 'judge' },
      ...{ lowRoot: word(1), highRoot: word(2), midRoot: word(3), proposer: account, challenger: account },
    });
  });

  it('that is answered by no contract, or by another one, has a code', () => {
    for (const answer of [new Uint8Array(0), new Uint8Array(31)])
      expect(() => views.bridgeFee().read(answer)).toThrow(expect.objectContaining({ code: 'bad-answer' }));
  });
});
