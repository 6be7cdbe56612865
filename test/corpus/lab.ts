import type { BlockAttributes } from '../../src/chain/attributes.ts';
import type { BuildRequest, BuildResult, ExecutedBlock } from '../../src/chain/execution.ts';
import { type Address } from '../../src/ethereum/address.ts';
import { contractProfiles } from '../../src/ethereum/contract-profiles.ts';
import { type L2Genesis, l2GenesisOf } from '../../src/ethereum/l2-genesis.ts';
import {
  type TestAccount,
  type TestTx,
  insecureTestAccount,
  signTestTx,
} from '../../scripts/lib/test-transactions.ts';

/** The chain of the laboratory. */
export const CHAIN_ID = 71_001n;
/** Unix seconds of its block 0. */
export const GENESIS_TIME = 1_700_000_000n;
const METIS = 10n ** 18n;

/** Accounts that have METIS in the genesis. */
export const labAccounts = (count: number): readonly TestAccount[] =>
  Array.from({ length: count }, (_, i) => insecureTestAccount('lab', i));

/** A genesis in which accounts have 1,000 METIS each. */
export function labGenesis(accounts: readonly Pick<TestAccount, 'address'>[]): L2Genesis {
  const [timelock, bridge, sequencer, epochAccount] = [0, 1, 2, 3].map(
    (i) => insecureTestAccount('contracts', i).address,
  );
  if (!timelock || !bridge || !sequencer || !epochAccount) throw new Error('four accounts');
  return l2GenesisOf({
    ...{ l2ChainId: CHAIN_ID, profile: contractProfiles.test.l2, timestamp: GENESIS_TIME },
    ...{ timelock, bridge, sequencer, epochAccount, firstEpoch: { start: 1n, end: 1_000_000n } },
    allocations: accounts.map(({ address }) => ({ account: address, wei: 1_000n * METIS })),
  });
}

/** Attributes of a block that nothing special happens to: two seconds after block before. */
export function labAttributes(number: bigint, change: Partial<BlockAttributes> = {}): BlockAttributes {
  return {
    ...{ timestamp: GENESIS_TIME + 2n * number, epoch: 0n, view: 0n, orderedUpTo: number },
    origin: {
      ...{ number: 100n, hash: new Uint8Array(32).fill(9), timestamp: GENESIS_TIME },
      messageRoot: new Uint8Array(32).fill(8),
    },
    ...{ credits: [], forced: [] },
    ...change,
  };
}

/** A request to build on a block; transactions without their senders. */
export const labRequest = (
  parent: ExecutedBlock,
  raws: readonly Uint8Array[],
  change: Partial<Omit<BuildRequest, 'attributes'>> & { readonly attributes?: Partial<BlockAttributes> } = {},
): BuildRequest => ({
  ...{ parent: parent.block.hash, transactions: raws.map((raw) => ({ raw })), mode: 'exact' },
  ...change,
  attributes: labAttributes(parent.block.header.number + 1n, change.attributes),
});

/** The block that was built. */
export function built(result: BuildResult): ExecutedBlock {
  if (result.kind !== 'built')
    throw new Error(`transaction ${result.at} is not executable: ${result.reason}`);
  return result.executed;
}

/** A transfer of one wei, or something else, by an account. */
export const labTx = (
  from: TestAccount,
  nonce: bigint,
  to: Address | undefined,
  change: Partial<TestTx> = {},
): Uint8Array =>
  signTestTx(
    {
      ...{ type: 2, chainId: CHAIN_ID, nonce, to, value: 1n, gasLimit: 21_000n, data: new Uint8Array(0) },
      ...{ fee: 10n ** 10n, tip: 10n ** 9n },
      ...change,
    },
    from.secret,
  );
