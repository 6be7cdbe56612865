import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { verifyMerkleProof } from '@ethereumjs/mpt';
import {
  Contract,
  ContractFactory,
  type ContractTransactionResponse,
  JsonRpcProvider,
  type Log,
  NonceManager,
  WebSocketProvider,
  Wallet,
  isCallException,
  parseEther,
} from 'ethers';
import type { BaseError } from 'viem';
import {
  type Hex,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  http,
  webSocket,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fromHex, to0x } from '../../src/crypto/bytes.ts';
import { addressBytes, keccak256, parseAddress } from '../../src/ethereum/address.ts';
import { wmetisAbi, wmetisBytecode } from '../../src/ethereum/contracts/wmetis.ts';
import { predeploys } from '../../src/ethereum/l2-genesis.ts';
import { encodeAccount } from '../../src/services/engine/account.ts';
import { findBinary } from '../../src/system/find-binary.ts';
import { CHAIN_ID } from '../corpus/lab.ts';
import { type L2Node, accounts, startL2Node } from './l2-node.ts';

// Programs that nobody here wrote are the judges: they must work as they do with any other chain.
const keys = accounts.map(({ secret }) => to0x(secret));
const [viemKey, ethersKey, castKey, otherKey] = keys as [Hex, Hex, Hex, Hex];
const nobody = '0x00000000000000000000000000000000deadbeef';
/** Creation code that reverts with Error("not today"). */
const reverting: Hex = `0x6064600c5f3960645ffd${[
  '5f5f', // padding up to where the data begins
  '08c379a0',
  '20'.padStart(64, '0'),
  '09'.padStart(64, '0'),
  Buffer.from('not today').toString('hex').padEnd(64, '0'),
].join('')}`;

let node: L2Node;
beforeAll(async () => {
  node = await startL2Node();
});
afterAll(() => node.close());

describe('viem', () => {
  const chain = () =>
    defineChain({
      ...{
        id: Number(CHAIN_ID),
        name: 'L2',
        nativeCurrency: { name: 'METIS', symbol: 'METIS', decimals: 18 },
      },
      rpcUrls: { default: { http: [node.url], webSocket: [node.wsUrl] } },
    });
  const reader = () => createPublicClient({ chain: chain(), transport: http(node.url), pollingInterval: 50 });
  const account = privateKeyToAccount(viemKey);
  const wallet = () => createWalletClient({ account, chain: chain(), transport: http(node.url) });

  it('sends METIS and waits for the receipt', async () => {
    const [client, sender] = [reader(), wallet()];
    const before = await client.getBalance({ address: nobody });
    const hash = await sender.sendTransaction({ to: nobody, value: 5n });
    const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
    expect(receipt).toMatchObject({ status: 'success', gasUsed: 21_000n, type: 'eip1559' });
    expect(await client.getBalance({ address: nobody })).toBe(before + 5n);
    const tx = await client.getTransaction({ hash });
    expect(tx).toMatchObject({ from: account.address.toLowerCase(), value: 5n, chainId: Number(CHAIN_ID) });
    const block = await client.getBlock({ blockHash: receipt.blockHash, includeTransactions: true });
    expect(block.transactions.map((one) => one.hash)).toContain(hash);
    expect(await client.getTransactionConfirmations({ hash })).toBeGreaterThan(0n);
  });

  it('sends transactions of types 0 and 1', async () => {
    const [client, sender] = [reader(), wallet()];
    const gasPrice = await client.getGasPrice();
    for (const type of ['legacy', 'eip2930'] as const) {
      const hash = await sender.sendTransaction({ to: nobody, value: 1n, type, gasPrice });
      const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
      expect(receipt).toMatchObject({ type, status: 'success' });
    }
  });

  it('deploys a contract, calls it, reads its logs and is told why a call reverts', async () => {
    const [client, sender] = [reader(), wallet()];
    const hash = await sender.deployContract({ abi: wmetisAbi, bytecode: wmetisBytecode });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
    const place = { address: contractAddress!, abi: wmetisAbi } as const;
    expect((await client.getCode({ address: place.address }))!.length).toBeGreaterThan(100);
    const paid = await sender.writeContract({ ...place, functionName: 'deposit', value: 77n });
    const receipt = await client.waitForTransactionReceipt({ hash: paid, pollingInterval: 50 });
    expect(await client.readContract({ ...place, functionName: 'balanceOf', args: [account.address] })).toBe(
      77n,
    );
    expect(
      await client.readContract({
        ...{ ...place, functionName: 'balanceOf', args: [account.address] },
        blockNumber: receipt.blockNumber - 1n,
      }),
    ).toBe(0n);
    const logs = await client.getLogs({ address: place.address, fromBlock: 0n, toBlock: 'latest' });
    expect(logs.map(({ transactionHash }) => transactionHash)).toContain(paid);
    const failing = client.simulateContract({
      ...{ ...place, functionName: 'withdraw', args: [10n ** 18n], account: account.address },
    });
    const error = await failing.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const reverted = (error as BaseError).walk((one) => one instanceof ContractFunctionRevertedError);
    expect((reverted as ContractFunctionRevertedError).data?.errorName).toBe('ERC20InsufficientBalance');
  });

  it('estimates, and reads fees', async () => {
    const client = reader();
    expect(await client.estimateGas({ account, to: nobody, value: 1n })).toBe(21_000n);
    const fees = await client.estimateFeesPerGas();
    expect(fees.maxFeePerGas).toBeGreaterThan(0n);
    const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 90] });
    expect(history.baseFeePerGas.length).toBe(history.gasUsedRatio.length + 1);
    await expect(client.call({ data: reverting })).rejects.toThrow('not today');
    await expect(client.estimateGas({ account, data: reverting })).rejects.toThrow('not today');
  });

  it('proves an account against the state root of a header', async () => {
    const client = reader();
    const { number, stateRoot } = await client.getBlock();
    const storageKeys = [`0x${'00'.repeat(32)}`, '0x7'] as const;
    const proof = await client.getProof({
      address: account.address,
      storageKeys: [...storageKeys],
      blockNumber: number,
    });
    const nodes = proof.accountProof.map((node) => fromHex(node.slice(2))!);
    const key = keccak256(addressBytes(parseAddress(account.address)));
    const found = await verifyMerkleProof(key, nodes, { root: fromHex(stateRoot.slice(2))! });
    const nonce = await client.getTransactionCount({ address: account.address, blockNumber: number });
    expect(proof).toMatchObject({
      nonce,
      balance: await client.getBalance({ address: account.address, blockNumber: number }),
    });
    expect(found).toEqual(
      encodeAccount({
        ...{ nonce: BigInt(proof.nonce), balance: proof.balance },
        ...{ codeHash: fromHex(proof.codeHash.slice(2))!, storageRoot: fromHex(proof.storageHash.slice(2))! },
      }),
    );
    expect(proof.storageProof.map(({ key: name, value }) => [name, value])).toEqual([
      [storageKeys[0], 0n],
      ['0x7', 0n],
    ]);
  });

  it('asks what a call would touch, and what it would do where things were otherwise', async () => {
    const client = reader();
    const call = { account, to: predeploys.WMETIS, value: 3n } as const;
    const { accessList, gasUsed } = await client.createAccessList(call);
    expect(accessList.map(({ address }) => address)).toContain(predeploys.WMETIS.toLowerCase());
    expect(gasUsed).toBeGreaterThan(21_000n);
    // Gives the number of the block and its time back.
    const code = '0x435f524260205260405ff3';
    const { data } = await client.call({
      ...{ to: nobody, stateOverride: [{ address: nobody, code }] },
      blockOverrides: { number: 77n, time: 78n },
    });
    expect(data).toBe(`0x${77n.toString(16).padStart(64, '0')}${78n.toString(16).padStart(64, '0')}`);
  });

  it('is told why the pool refuses', async () => {
    const sender = wallet();
    const fees = { gas: 21_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n } as const;
    await expect(sender.sendTransaction({ ...fees, to: nobody, nonce: 0 })).rejects.toThrow(/nonce/i);
    await expect(
      sender.sendTransaction({ ...fees, to: nobody, value: 10n ** 30n, nonce: 999 }),
    ).rejects.toThrow(/insufficient funds|exceeds/i);
  });

  it('polls filters', async () => {
    const client = reader();
    const blocks = await client.createBlockFilter();
    const pending = await client.createPendingTransactionFilter();
    const hash = await wallet().sendTransaction({ to: nobody, value: 1n });
    await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
    expect(await client.getFilterChanges({ filter: pending })).toContain(hash);
    expect((await client.getFilterChanges({ filter: blocks })).length).toBeGreaterThan(0);
    expect(await client.uninstallFilter({ filter: blocks })).toBe(true);
  });

  it('sends many calls in one batch', async () => {
    const client = createPublicClient({ chain: chain(), transport: http(node.url, { batch: true }) });
    const numbers = await Promise.all(Array.from({ length: 50 }, () => client.getChainId()));
    expect(new Set(numbers)).toEqual(new Set([Number(CHAIN_ID)]));
  });

  it('subscribes over a WebSocket to blocks, logs and transactions', async () => {
    const socket = webSocket(node.wsUrl);
    const client = createPublicClient({ chain: chain(), transport: socket, pollingInterval: 50 });
    const seen = { blocks: [] as bigint[], pending: [] as Hex[], logs: [] as Hex[] };
    const wmetis = { address: predeploys.WMETIS, abi: wmetisAbi } as const;
    const stops = [
      client.watchBlockNumber({ onBlockNumber: (number) => void seen.blocks.push(number) }),
      client.watchPendingTransactions({ onTransactions: (hashes) => void seen.pending.push(...hashes) }),
      client.watchContractEvent({
        ...wmetis,
        onLogs: (logs) => void seen.logs.push(...logs.map(({ transactionHash }) => transactionHash)),
      }),
    ];
    // Answered after the subscriptions, which were sent before on the same socket.
    await client.getChainId();
    const hash = await wallet().writeContract({ ...wmetis, functionName: 'deposit', value: 1n });
    const { blockNumber } = await client.waitForTransactionReceipt({ hash });
    await expect.poll(() => seen.pending).toContain(hash);
    await expect.poll(() => seen.logs).toContain(hash);
    await expect.poll(() => seen.blocks).toContain(blockNumber);
    for (const stop of stops) stop();
    (await (client.transport['getRpcClient'] as () => Promise<{ close: () => void }>)()).close();
  });

  it('asks for the pool as for that of any node', async () => {
    const client = createTestClient({ chain: chain(), mode: 'anvil', transport: http(node.url) });
    expect(await client.getTxpoolStatus()).toEqual({ pending: 0, queued: 0 });
  });
});

describe('ethers', () => {
  const provider = (): JsonRpcProvider =>
    new JsonRpcProvider(node.url, undefined, { pollingInterval: 50, cacheTimeout: -1 });

  it('sends METIS and waits for the receipt', async () => {
    const rpc = provider();
    const wallet = new Wallet(ethersKey, rpc);
    expect((await rpc.getNetwork()).chainId).toBe(CHAIN_ID);
    const sent = await wallet.sendTransaction({ to: nobody, value: 3n });
    const receipt = await sent.wait();
    expect(receipt).toMatchObject({ status: 1, gasUsed: 21_000n, hash: sent.hash });
    const found = await rpc.getTransaction(sent.hash);
    // It hashes the fields again.
    expect(found).toMatchObject({ hash: sent.hash, from: wallet.address, value: 3n });
    const block = await rpc.getBlock(receipt!.blockNumber, true);
    expect(block!.prefetchedTransactions.map(({ hash }) => hash)).toContain(sent.hash);
    expect(block).toMatchObject({ hash: receipt!.blockHash, gasLimit: 30_000_000n, blobGasUsed: 0n });
    expect(await rpc.getTransactionCount(wallet.address, 'pending')).toBe(1);
    expect(await rpc.getBlock('finalized')).not.toBeNull();
    expect(await rpc.getFeeData()).toMatchObject({ maxFeePerGas: expect.any(BigInt) });
    rpc.destroy();
  });

  it('deploys a contract, calls it, finds its events and names its errors', async () => {
    const rpc = provider();
    const wallet = new NonceManager(new Wallet(ethersKey, rpc));
    const factory = new ContractFactory(wmetisAbi, wmetisBytecode, wallet);
    const deployed = await (await factory.deploy()).waitForDeployment();
    const contract = new Contract(await deployed.getAddress(), wmetisAbi, wallet);
    const paid = (await contract['deposit']!({ value: parseEther('1') })) as ContractTransactionResponse;
    await paid.wait();
    expect(await contract['balanceOf']!(await wallet.getAddress())).toBe(parseEther('1'));
    expect((await contract.queryFilter('*', 0)).length).toBeGreaterThan(0);
    const error: unknown = await contract['withdraw']!.staticCall(parseEther('9')).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(isCallException(error as Error) && (error as { revert: { name: string } }).revert.name).toBe(
      'ERC20InsufficientBalance',
    );
    await expect(rpc.call({ data: reverting })).rejects.toMatchObject({ reason: 'not today' });
    rpc.destroy();
  });

  it('subscribes over a WebSocket', async () => {
    const rpc = new WebSocketProvider(node.wsUrl);
    const [blocks, logs]: [number[], string[]] = [[], []];
    await rpc.on('block', (number: number) => void blocks.push(number));
    await rpc.on(
      { address: predeploys.WMETIS },
      ({ transactionHash }: Log) => void logs.push(transactionHash),
    );
    await rpc.getBlockNumber();
    const wallet = new Wallet(otherKey, rpc);
    const sent = await wallet.sendTransaction({ to: predeploys.WMETIS, value: 1n });
    const receipt = await sent.wait();
    await expect.poll(() => blocks).toContain(receipt!.blockNumber);
    await expect.poll(() => logs).toContain(sent.hash);
    await rpc.destroy();
  });
});

describe('cast', () => {
  const cast = async (...args: readonly string[]): Promise<string> => {
    const binary = findBinary('cast');
    if (binary === undefined) throw new Error('cast is not installed');
    const { stdout } = await promisify(execFile)(binary, args, {
      env: { HOME: process.env['HOME'] ?? '', NO_PROXY: '*', ETH_RPC_URL: node.url },
    });
    return stdout.trim();
  };

  it('sends METIS, and reads transaction, receipt and block', async () => {
    const receipt = JSON.parse(
      await cast('send', nobody, '--value', '9', '--private-key', castKey, '--json'),
    ) as Record<string, string>;
    expect(receipt).toMatchObject({ status: '0x1', gasUsed: '0x5208' });
    const hash = receipt['transactionHash']!;
    expect(await cast('tx', hash, 'value')).toBe('9');
    expect(await cast('receipt', hash, 'blockNumber')).toBe(String(Number(receipt['blockNumber'])));
    expect(await cast('block', receipt['blockNumber']!, '--field', 'hash')).toBe(receipt['blockHash']);
    expect(await cast('chain-id')).toBe(String(CHAIN_ID));
    expect(await cast('nonce', accounts[2]!.address)).toBe('1');
    expect(BigInt(await cast('gas-price'))).toBeGreaterThan(0n);
    expect(await cast('client')).toBe('conclave/test');
  });

  it('deploys a contract, calls it and finds its logs', async () => {
    const { contractAddress } = JSON.parse(
      await cast('send', '--private-key', castKey, '--json', '--create', wmetisBytecode),
    ) as { contractAddress: string };
    await cast('send', contractAddress, 'deposit()', '--value', '4', '--private-key', castKey);
    const own = accounts[2]!.address;
    expect(await cast('call', contractAddress, 'balanceOf(address)(uint256)', own)).toBe('4');
    expect(await cast('logs', '--from-block', '0', '--address', contractAddress)).toContain(
      'transactionHash',
    );
    expect(
      BigInt(await cast('estimate', contractAddress, 'deposit()', '--value', '1', '--from', own)),
    ).toBeGreaterThan(21_000n);
    await expect(cast('call', contractAddress, 'withdraw(uint256)', '5')).rejects.toThrow(/revert/i);
  });
});
