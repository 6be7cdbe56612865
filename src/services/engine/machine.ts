import { type Common, Hardfork, Mainnet, createCustomCommon } from '@ethereumjs/common';
import { type EVM, type EVMMockBlockchainInterface, type EVMRunCallOpts, createEVM } from '@ethereumjs/evm';
import { Address as EvmAddress, type KZG } from '@ethereumjs/util';

import type { L2Header } from '../../chain/block.ts';
import { bigintToBytes, bytesToBigint, concat, fromHex } from '../../crypto/bytes.ts';
import { Bug, InputError } from '../../crypto/errors.ts';
import { primitives } from '../../crypto/primitives.ts';
import { addressBytes, keccak256 } from '../../ethereum/address.ts';
import { isPointProven } from '../../ethereum/point-evaluation.ts';
import { EvmState } from './evm-state.ts';
import { watchedPrecompiles } from './precompiles.ts';
import { Watch } from './watch.ts';

/** The hash of a block before the one that runs, for BLOCKHASH; `undefined` where there is none. */
export type Ancestors = (number: bigint) => Uint8Array | undefined;

/** What a block says of itself while it is being executed. */
export type Environment = Pick<
  L2Header,
  | 'number'
  | 'timestamp'
  | 'coinbase'
  | 'gasLimit'
  | 'baseFeePerGas'
  | 'prevRandao'
  | 'parentBeaconBlockRoot'
  | 'parentHash'
>;

/** What the machine sees of a block. */
export type MachineBlock = NonNullable<EVMRunCallOpts['block']>;

/** The virtual machine with the one draft that it writes. One thing runs on it at a time. */
export interface Machine {
  readonly evm: EVM;
  readonly state: EvmState;
  readonly common: Common;
  /** Ends what takes too long. */
  readonly watch: Watch;
  /** Takes back what was begun and not ended; `depth` marks of the draft stay. */
  readonly abandon: (depth: number) => void;
  /** Says which block runs. */
  readonly enter: (environment: Environment, ancestors: Ancestors) => MachineBlock;
}

/** The public key behind a signature, for the precompile, which expects it to throw where there is none. */
function ecrecover(digest: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array): Uint8Array {
  const signature = concat(bigintToBytes(bytesToBigint(r), 32), bigintToBytes(bytesToBigint(s), 32));
  const key = primitives().recover(digest, signature, v === 28n ? 1 : 0);
  if (key === undefined) throw new InputError('tx-signature', 'ecrecover', 'there is no such key');
  return key.subarray(1);
}

/** What only transactions with blobs would need, and those no block of ours holds. */
const notHere = (): never => {
  throw new Bug('there are no blobs here');
};

/** The precompile that checks a point of a blob; the library wants all that there is about blobs. */
const kzg: KZG = {
  verifyProof: (commitment, z, y, proof) => {
    const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
    return isPointProven({ commitment: bytes(commitment), z: bytes(z), y: bytes(y), proof: bytes(proof) });
  },
  ...{ blobToKzgCommitment: notHere, computeBlobProof: notHere, verifyBlobProofBatch: notHere },
  ...{ computeCells: notHere, computeCellsAndProofs: notHere, recoverCellsAndProofs: notHere },
  verifyCellKzgProofBatch: notHere,
};

/** The rules of Cancun from block 0, with the hashes and curves of this program. */
function rulesOf(chainId: bigint): Common {
  const hardforks = Mainnet.hardforks.map(({ name }) => ({ name, block: 0 }));
  const sha256 = (bytes: Uint8Array): Uint8Array => primitives().sha256(bytes);
  const customCrypto = { keccak256, ecrecover, sha256, kzg };
  const chain = { name: 'conclave', chainId: Number(chainId), hardforks };
  return createCustomCommon(chain, Mainnet, { hardfork: Hardfork.Cancun, customCrypto });
}

/** As the library has it, but for what it does. */
const JUMPDEST = { opcode: 0x5b, opcodeName: 'JUMPDEST', baseFee: 1 } as const;

/** Makes a machine for a chain. */
export async function createMachine(chainId: bigint): Promise<Machine> {
  const common = rulesOf(chainId);
  const [state, watch] = [new EvmState(), new Watch()];
  let ancestors: Ancestors = () => undefined;
  const blockchain: EVMMockBlockchainInterface = {
    getBlock: async (number) => ({ hash: () => ancestors(BigInt(number)) ?? new Uint8Array(32) }),
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  };
  const evm = await createEVM({
    common,
    stateManager: state,
    blockchain,
    customPrecompiles: watchedPrecompiles(common, watch),
    customOpcodes: [{ ...JUMPDEST, logicFunction: watch.step }],
  });
  evm.events.on('beforeMessage', () => watch.check());
  return {
    ...{ evm, state, common, watch },
    abandon: (depth) => {
      // The first mark is that of the transaction; each other one is of a message, which has one here, too.
      for (let open = state.draft.depth - depth - 1; open > 0; open--) evm.transientStorage.revert();
      while (state.draft.depth > depth) state.draft.takeBack();
      evm.journal.cleanJournal();
      evm.transientStorage.clear();
      state.originalStorageCache.clear();
    },
    enter: (environment, found) => {
      ancestors = found;
      evm.journal.cleanJournal();
      evm.transientStorage.clear();
      return blockOf(environment);
    },
  };
}

/** No block of ours holds blobs, so their price is the least there is. [EIP-4844, EIP-7516] */
const BLOB_BASE_FEE = 1n;

/** Only a header, and of that what instructions ask for: the library would copy all its rules into each. */
const blockOf = ({ coinbase, prevRandao, ...environment }: Environment): MachineBlock => {
  const { number, timestamp, gasLimit, baseFeePerGas } = environment;
  return {
    header: {
      ...{ number, timestamp, gasLimit, baseFeePerGas, prevRandao, difficulty: 0n },
      coinbase: evmAddress(addressBytes(coinbase)),
      getBlobGasPrice: () => BLOB_BASE_FEE,
    },
  };
};

/** An account as the machine has it, of 20 bytes. */
export const evmAddress = (bytes: Uint8Array): EvmAddress => new EvmAddress(bytes);
