import { describe, expect, it } from 'vitest';

import { parseAddress } from '../../../../src/ethereum/address.ts';
import { type Provider, Wallet, type WalletChain, WalletProblem } from '../../../../web/bridge/wallet.ts';

const account = parseAddress(`0x${'11'.repeat(20)}`);
const other = parseAddress(`0x${'22'.repeat(20)}`);
const hash = `0x${'ab'.repeat(32)}`;
const l2: WalletChain = { id: 5n, name: 'L2', url: 'http://127.0.0.1:8545/' };
const call = { to: other, value: 3n, data: Uint8Array.of(1, 2) };

/** A wallet that answers as it is told to; what is thrown is thrown. */
function walletOf(answers: Readonly<Record<string, () => unknown>>) {
  const asked: [string, unknown][] = [];
  const provider: Provider = {
    request: async ({ method, params }) => {
      asked.push([method, params[0]]);
      const answer = answers[method];
      if (answer === undefined) throw Object.assign(new Error(`no ${method}`), { code: -32_601 });
      return answer();
    },
  };
  return { wallet: new Wallet(provider, account), provider, asked };
}
const refusal = (code: number) => (): never => {
  throw Object.assign(new Error('no'), { code });
};
const onChain = { eth_accounts: () => [account], eth_chainId: () => '0x5', eth_sendTransaction: () => hash };

describe('a wallet', () => {
  it('gets the call as it was shown, and the chain that it is for', async () => {
    const { wallet, asked } = walletOf(onChain);
    expect(await wallet.send(l2, call)).toBe(hash);
    expect(asked.at(-1)).toEqual([
      'eth_sendTransaction',
      { from: account, to: other, value: '0x3', data: '0x0102', chainId: '0x5' },
    ]);
  });

  it('is asked to change chains, and is told of one that it does not know', async () => {
    let [chain, isKnown] = [1, false];
    const { wallet, asked } = walletOf({
      ...onChain,
      eth_chainId: () => `0x${chain}`,
      wallet_switchEthereumChain: () => (isKnown ? void (chain = 5) : refusal(4902)()),
      wallet_addEthereumChain: () => void (isKnown = true),
    });
    expect(await wallet.send(l2, call)).toBe(hash);
    const added = asked.find(([method]) => method === 'wallet_addEthereumChain');
    expect(added?.[1]).toMatchObject({ chainId: '0x5', rpcUrls: [l2.url] });
  });

  it.each([
    [
      'that stays on another chain',
      { ...onChain, eth_chainId: () => '0x1', wallet_switchEthereumChain: () => null },
    ],
    [
      'that declines to change',
      { ...onChain, eth_chainId: () => '0x1', wallet_switchEthereumChain: refusal(4001) },
    ],
    ['that shows another account', { ...onChain, eth_accounts: () => [other] }],
    ['that shows no account any more', { ...onChain, eth_accounts: () => [] }],
    ['whose chain is no number', { ...onChain, eth_chainId: () => 5 }],
  ])('%s signs nothing', async (_, answers) => {
    const { wallet, asked } = walletOf(answers);
    await expect(wallet.send(l2, call)).rejects.toThrow(WalletProblem);
    expect(asked.map(([method]) => method)).not.toContain('eth_sendTransaction');
  });

  it('says no in its own way, and lies about what it sent', async () => {
    for (const [answer, words] of [
      [refusal(4001), 'You declined in the wallet. Nothing was signed.'],
      [refusal(4200), 'This wallet cannot do that: no. Nothing was signed.'],
      [refusal(-32_000), 'The wallet refuses: no'],
      [() => '0x12', 'The wallet answers no such thing'],
    ] as const) {
      const { wallet } = walletOf({ ...onChain, eth_sendTransaction: answer });
      await expect(wallet.send(l2, call)).rejects.toThrow(words);
    }
  });

  it('signs without sending, as bytes or as geth gives them', async () => {
    const fees = { nonce: 1n, gas: 21_000n, gasPrice: 9n };
    for (const answer of ['0x0102', { raw: '0x0102', tx: {} }]) {
      const { wallet, asked } = walletOf({ ...onChain, eth_signTransaction: () => answer });
      expect(await wallet.sign(l2, call, fees)).toBe('0x0102');
      expect(asked.at(-1)?.[1]).toMatchObject({
        nonce: '0x1',
        gas: '0x5208',
        gasPrice: '0x9',
        chainId: '0x5',
      });
    }
  });

  it('shows one account or none', async () => {
    const { provider } = walletOf({ eth_requestAccounts: () => [account, other] });
    expect((await Wallet.connect(provider)).account).toBe(account);
    const empty = walletOf({ eth_requestAccounts: () => [] });
    await expect(Wallet.connect(empty.provider)).rejects.toThrow(WalletProblem);
  });
});
