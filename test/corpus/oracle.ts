import { createRequire } from 'node:module';

import type * as Edr from '@nomicfoundation/edr';

import type { L2Block } from '../../src/chain/block.ts';
import { bigintToBytes, fromHex, to0x } from '../../src/crypto/bytes.ts';
import { type L2Genesis, BEACON_ROOTS, genesisHeader, predeploys } from '../../src/ethereum/l2-genesis.ts';
import { addressBytes } from '../../src/ethereum/address.ts';

const hex = (value: bigint): `0x${string}` => `0x${value.toString(16)}`;
const bytes = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);

/** Header fields in which two machines must agree, as JSON-RPC writes them. */
export interface OracleBlock {
  readonly stateRoot: string;
  readonly receiptsRoot: string;
  readonly transactionsRoot: string;
  readonly logsBloom: string;
  readonly gasUsed: string;
  readonly baseFeePerGas: string;
}

/** The same of a block of ours. */
export const oracleFields = ({ header }: L2Block): OracleBlock => ({
  ...{ stateRoot: to0x(header.stateRoot), receiptsRoot: to0x(header.receiptsRoot) },
  ...{ transactionsRoot: to0x(header.transactionsRoot), logsBloom: to0x(header.logsBloom) },
  ...{ gasUsed: hex(header.gasUsed), baseFeePerGas: hex(header.baseFeePerGas) },
});

type Ask = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/** An EVM of other people, in Rust, in this process. [@nomicfoundation/edr] */
export class Oracle {
  readonly #ask: Ask;

  private constructor(ask: Ask) {
    this.#ask = ask;
  }

  static async start(genesis: L2Genesis): Promise<Oracle> {
    return new Oracle(await provider(genesis));
  }

  /**
   * Executes a block of ours. What the system does to the state, this machine knows not or does in its own
   * way: the withdrawals and the note of the origin are written into its state before the block, which is the
   * same for blocks in which nothing looks at them.
   */
  async execute({ header, transactions, withdrawals }: L2Block): Promise<OracleBlock> {
    for (const { address, gwei } of withdrawals) {
      const balance = BigInt(String(await this.#ask('eth_getBalance', [address, 'latest'])));
      await this.#ask('hardhat_setBalance', [address, hex(balance + gwei * 10n ** 9n)]);
    }
    const slot = header.timestamp % 8_191n;
    const put = (at: bigint, value: Uint8Array): Promise<unknown> =>
      this.#ask('hardhat_setStorageAt', [BEACON_ROOTS, hex(at), to0x(value)]);
    await put(slot, bigintToBytes(header.timestamp, 32));
    await put(slot + 8_191n, header.parentBeaconBlockRoot);
    for (const raw of transactions) await this.#ask('eth_sendRawTransaction', [to0x(raw)]);
    await this.#ask('evm_setNextBlockTimestamp', [hex(header.timestamp)]);
    await this.#ask('hardhat_setPrevRandao', [to0x(header.prevRandao)]);
    await this.#ask('evm_mine');
    const found = (await this.#ask('eth_getBlockByNumber', ['latest', false])) as OracleBlock;
    const { stateRoot, receiptsRoot, transactionsRoot, logsBloom, gasUsed, baseFeePerGas } = found;
    return { stateRoot, receiptsRoot, transactionsRoot, logsBloom, gasUsed, baseFeePerGas };
  }

  /** The state root that it begins with. */
  async genesisRoot(): Promise<string> {
    return ((await this.#ask('eth_getBlockByNumber', ['0x0', false])) as OracleBlock).stateRoot;
  }
}

async function provider(genesis: L2Genesis): Promise<Ask> {
  const edr = createRequire(import.meta.url)('@nomicfoundation/edr') as typeof Edr;
  const context = new edr.EdrContext();
  await context.registerProviderFactory(edr.GENERIC_CHAIN_TYPE, edr.genericChainProviderFactory());
  const { baseFeePerGas, gasLimit } = genesisHeader;
  const made = await context.createProvider(
    edr.GENERIC_CHAIN_TYPE,
    {
      ...{ chainId: genesis.l2ChainId, networkId: genesis.l2ChainId, hardfork: 'Cancun' },
      ...{ coinbase: addressBytes(predeploys.FeeVault), initialBaseFeePerGas: baseFeePerGas },
      genesisState: Object.entries(genesis.accounts).map(([address, account]) => ({
        ...{ address: bytes(address), balance: BigInt(account.balance), nonce: BigInt(account.nonce ?? 0) },
        ...(account.code !== undefined && { code: bytes(account.code) }),
        storage: Object.entries(account.storage ?? {}).map(([at, value]) => ({
          ...{ index: BigInt(at), value: BigInt(value) },
        })),
      })),
      initialParentBeaconBlockRoot: new Uint8Array(32),
      network: { genesisBlockGasLimit: gasLimit, genesisBlockTime: genesis.timestamp },
      mining: { autoMine: false, blockGasLimit: gasLimit, memPool: { order: edr.MineOrdering.Fifo } },
      ...{ allowBlocksWithSameTimestamp: false, allowUnlimitedContractSize: false },
      ...{ bailOnCallFailure: false, bailOnTransactionFailure: false, transactionGasCap: false },
      ...{ defaultTransactionGasLimit: gasLimit, minGasPrice: 0n, observability: {} },
      ...{ ownedAccounts: [], precompileOverrides: [] },
    } as never,
    { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => undefined },
    { subscriptionCallback: () => undefined },
    new edr.ContractDecoder(),
  );
  let id = 0;
  return async (method, params = []) => {
    const reply = await made.handleRequest(JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }));
    const data: unknown = typeof reply.data === 'string' ? JSON.parse(reply.data) : reply.data;
    const { result, error } = data as { readonly result?: unknown; readonly error?: unknown };
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  };
}
