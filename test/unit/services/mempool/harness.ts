import type { AccountState } from '../../../../src/chain/execution.ts';
import { u64 } from '../../../../src/crypto/bytes.ts';
import { type Address, addressFromBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import {
  type MempoolOptions,
  type PoolHead,
  Mempool,
  poolLimits,
} from '../../../../src/services/mempool/service.ts';
import type { Disk, PoolAnswer } from '../../../../src/system/ports.ts';
import {
  type TestAccount,
  insecureTestAccount,
  signTestTx,
} from '../../../../scripts/lib/test-transactions.ts';
import { SimClock } from '../../../sim/clock.ts';
import { SimDisk } from '../../../sim/disk.ts';
import { keptLog } from '../../../sim/log.ts';

export const CHAIN = 71_001n;
const NO_CODE = keccak256(new Uint8Array(0));
const ETHER = 10n ** 18n;

/** Account number k, with its key. */
export const signer = (k: number): TestAccount => insecureTestAccount('pool', k);

/** What is not said is a small transfer that pays 10 wei per gas beyond a base fee of up to 90. */
export interface SignedPlan {
  readonly from?: number;
  readonly nonce?: number;
  readonly cap?: number;
  readonly tip?: number;
  readonly value?: bigint;
  readonly gas?: bigint;
  readonly chainId?: bigint;
  readonly data?: Uint8Array;
  readonly type?: 0 | 1 | 2;
}

/** A raw transaction that its account has signed. */
export function signed({
  from = 0,
  nonce = 0,
  cap = 100,
  tip = 10,
  value = 1n,
  ...rest
}: SignedPlan): Uint8Array {
  const { gas = 21_000n, chainId = CHAIN, data = new Uint8Array(0), type = 2 } = rest;
  const fees = { fee: BigInt(cap), tip: BigInt(tip) };
  const to = addressFromBytes(new Uint8Array(20).fill(7));
  const plan = { type, chainId, nonce: BigInt(nonce), to, value, gasLimit: gas, data, ...fees };
  return signTestTx(plan, signer(from).secret);
}

/** A block number `number` whose next one has this base fee, on the block before it of the same branch. */
export function headAt(number: number, baseFee = 50n, branch = 0): PoolHead {
  const hashAt = (n: number): Uint8Array => keccak256(u64(1_000 * branch + n));
  const zero = new Uint8Array(32);
  const word = { stateRoot: zero, transactionsRoot: zero, receiptsRoot: zero, withdrawalsRoot: zero };
  return {
    hash: hashAt(number),
    header: {
      ...{ parentHash: hashAt(number - 1), number: BigInt(number), timestamp: BigInt(number) },
      ...{ coinbase: signer(0).address, gasLimit: 30_000_000n, gasUsed: 15_000_000n, baseFeePerGas: baseFee },
      ...{ extraData: zero, prevRandao: zero, parentBeaconBlockRoot: zero, logsBloom: new Uint8Array(256) },
      ...word,
    },
  };
}

/** A pool on a simulated disk and clock, over accounts that the test changes. */
export class House {
  readonly disk: SimDisk = new SimDisk();
  readonly clock: SimClock = new SimClock();
  readonly log: ReturnType<typeof keptLog> = keptLog();
  /** The same at every block. */
  readonly accounts: Map<Address, Partial<AccountState>> = new Map();
  /** Questions to the state so far. */
  asked = 0;
  /** Called before the state answers. */
  beforeAnswer: (block: Uint8Array) => Promise<void> = () => Promise.resolve();

  constructor() {
    for (let k = 0; k < 8; k++) this.accounts.set(signer(k).address, { balance: ETHER });
  }

  open(
    options: Partial<MempoolOptions> = {},
    head: PoolHead = headAt(1),
    disk: Disk = this.disk.open(),
  ): Promise<Mempool> {
    const rules = {
      chainId: CHAIN,
      minTip: 1n,
      allowed: undefined,
      path: 'pool/journal.log',
      limits: poolLimits,
    };
    return Mempool.open(
      { ...rules, ...options },
      { disk, clock: this.clock, log: this.log, state: { account: this.account } },
      head,
    );
  }

  readonly account = async (block: Uint8Array, account: Address): Promise<AccountState | undefined> => {
    this.asked += 1;
    await this.beforeAnswer(block);
    const known = this.accounts.get(account);
    const empty = { nonce: 0n, balance: 0n, codeHash: NO_CODE, storageRoot: new Uint8Array(32) };
    return known && { ...empty, ...known };
  };

  /** Lets time pass until a promise is settled. */
  async settled<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    work.then(over, over);
    for (let n = 0; n < 1_000 && !isOver; n++) {
      await new Promise((go) => setImmediate(go));
      if (!isOver) this.clock.step();
    }
    return work;
  }

  add(pool: Mempool, plan: SignedPlan | Uint8Array): Promise<PoolAnswer> {
    return this.settled(pool.add(plan instanceof Uint8Array ? plan : signed(plan)));
  }
}
