import { decodeFunctionData } from 'viem/utils';
import { describe, expect, it } from 'vitest';

import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { keyRegistryAbi } from '../../../src/ethereum/contracts/key-registry.ts';
import { popDigest } from '../../../src/ethereum/key-pop.ts';
import { deployContracts, devAccount, fund, nameKeys } from '../../../src/system/dev-l1.ts';

const owner = addressFromBytes(new Uint8Array(20).fill(1));
const contract = addressFromBytes(new Uint8Array(20).fill(2));

type Answer = unknown;
const plain: Record<string, Answer> = {
  eth_accounts: [owner],
  eth_chainId: '0x7a69',
  eth_getTransactionCount: '0x5',
  eth_getBlockByNumber: { number: '0x64', timestamp: '0x10' },
  eth_sendTransaction: '0x01',
  eth_getTransactionReceipt: { status: '0x1' },
};

/** Answers each method; a function is asked each time. */
function chain(answers: Record<string, Answer>) {
  const asked: (readonly [method: string, params: readonly unknown[]])[] = [];
  const rpc = async (method: string, params: readonly unknown[] = []): Promise<unknown> => {
    asked.push([method, params]);
    const answer = answers[method];
    return typeof answer === 'function' ? (answer as () => unknown)() : answer;
  };
  const sent = () =>
    asked.flatMap(([method, [tx]]) =>
      method === 'eth_sendTransaction' ? [tx as Readonly<Record<string, string>>] : [],
    );
  return { asked, rpc, sent };
}
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('a development chain', () => {
  it('deploys all contracts from its own account, and waits for every block', async () => {
    const receipts: unknown[] = [null, null];
    const l1 = chain({
      ...plain,
      eth_getTransactionReceipt: () => (receipts.length > 0 ? receipts.pop() : { status: '0x1' }),
    });
    const { inbox, registry } = await deployContracts(l1, 71_001n);
    expect(receipts).toEqual([]);
    const nonces = l1.sent().map(({ from, nonce }) => [from, BigInt(nonce ?? '')]);
    expect(nonces).toEqual(nonces.map((_, i) => [owner, 5n + BigInt(i)]));
    // The inbox is told where its registry is; in mode 0 the account that sends is all it asks for.
    const word = (value: string): string => value.padStart(64, '0');
    const init = [registry.slice(2).toLowerCase(), '11559', 'f', '10e', ''].map(word).join('');
    expect(l1.sent().filter(({ data }) => data?.includes(init))).toHaveLength(1);
    expect(inbox).not.toBe(registry);
  });

  it('names one account for batches and blobs, by its proofs for this registry and block', async () => {
    const l1 = chain(plain);
    const digests: Uint8Array[] = [];
    const sign = async (digest: Uint8Array): Promise<Uint8Array> => {
      digests.push(digest);
      return new Uint8Array(65).fill(0xee);
    };
    await nameKeys(l1, { registry: contract }, { account: owner, sign });
    const promise = { l1ChainId: 31_337n, registry: contract, activationBlock: 108n } as const;
    const purposes = ['batch', 'blob'] as const;
    expect(digests).toEqual(purposes.map((purpose) => popDigest({ ...promise, purpose })));
    const calls = l1.sent().map(({ to, data }) => {
      expect(to).toBe(contract);
      return decodeFunctionData({ abi: keyRegistryAbi, data: data as `0x${string}` });
    });
    expect(calls).toMatchObject(
      [0, 3].map((purpose) => ({
        functionName: 'scheduleFirstKey',
        args: [purpose, owner, 108n, `0x${'ee'.repeat(65)}`, expect.stringMatching(/^0x01.{130}$/)],
      })),
    );
    expect(l1.asked.at(-1)).toEqual(['anvil_mine', ['0x8']]);
  });

  it('names a step that reverts', async () => {
    const l1 = chain({ ...plain, eth_getTransactionReceipt: { status: '0x0' } });
    await expect(deployContracts(l1, 71_001n)).rejects.toThrow(coded('l1-reverted'));
    expect(l1.sent()).toHaveLength(1);
  });

  it('that gives no number where one stands is refused', async () => {
    const l1 = chain({ ...plain, eth_getTransactionCount: null });
    await expect(deployContracts(l1, 71_001n)).rejects.toThrow(coded('l1-rejected'));
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
