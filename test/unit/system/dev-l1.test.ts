import { describe, expect, it } from 'vitest';

import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { deployInbox, devAccount, fund, registerSubmitter } from '../../../src/system/dev-l1.ts';

const owner = addressFromBytes(new Uint8Array(20).fill(1));
const contract = addressFromBytes(new Uint8Array(20).fill(2));

function chain(answers: Record<string, unknown>) {
  const asked: (readonly [method: string, params: readonly unknown[]])[] = [];
  const rpc = async (method: string, params: readonly unknown[] = []): Promise<unknown> => {
    asked.push([method, params]);
    const answer = answers[method];
    return Array.isArray(answer) && method.endsWith('Receipt') ? answer.shift() : answer;
  };
  return { asked, rpc };
}
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('a development chain', () => {
  it('deploys an inbox from its own account, and waits for the block', async () => {
    const receipts = [null, null, { status: '0x1', contractAddress: contract.toLowerCase() }];
    const l1 = chain({
      eth_accounts: [owner],
      eth_sendTransaction: '0x01',
      eth_getTransactionReceipt: receipts,
    });
    expect(await deployInbox(l1, 71_001n)).toBe(contract);
    expect(receipts).toEqual([]);
    const [sent] = l1.asked.find(([method]) => method === 'eth_sendTransaction')![1] as [{ data: string }];
    expect(sent).toMatchObject({ from: owner });
    expect(sent.data.endsWith(`11559${owner.slice(2).toLowerCase().padStart(64, '0')}`)).toBe(true);
  });

  it('names a step that reverts', async () => {
    const l1 = chain({
      eth_accounts: [owner],
      eth_sendTransaction: '0x01',
      eth_getTransactionReceipt: [{ status: '0x0' }],
    });
    await expect(registerSubmitter(l1, contract, owner)).rejects.toThrow(coded('l1-reverted'));
  });

  it('without unlocked accounts is none', async () => {
    await expect(devAccount(chain({ eth_accounts: [] }))).rejects.toThrow(coded('l1-rejected'));
  });

  it('funds an account with an amount in hex', async () => {
    const l1 = chain({});
    await fund(l1, owner, 255n);
    expect(l1.asked).toEqual([['anvil_setBalance', [owner, '0xff']]]);
  });
});
