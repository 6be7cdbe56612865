/**
 * What the contracts of L1 are deployed with. Amounts in METIS wei and wei, times in seconds, spans in L1
 * blocks. [sequencer, 17]
 */
export interface ContractProfile {
  /** The L1 for which it is meant. */
  readonly l1ChainId: bigint;
  readonly keys: { readonly noticeBlocks: bigint; readonly setGraceBlocks: bigint };
  readonly inbox: {
    readonly permissionlessAfterBlocks: bigint;
    /** Less than members sign for: the contract counts from the batch, they from before. */
    readonly dacRetention: bigint;
    /** 0: the group account sends; 1: a certificate; 2: both. */
    readonly authMode: 0 | 1 | 2;
  };
  readonly outputs: { readonly challengeWindow: bigint; readonly bond: bigint };
  readonly game: {
    readonly moveTimeout: bigint;
    /** Whether a verifier stands there whose proofs anyone can make. */
    readonly hasStubVerifier: boolean;
  };
  readonly pool: {
    readonly exitDelay: bigint;
    readonly evidenceAge: bigint;
    readonly maxPause: bigint;
    readonly ownerSignerUpdateDelay: bigint;
    /** Reward batches. */
    readonly signerUpdateThrottle: bigint;
    readonly rewardPerBlock: bigint;
    readonly slashBps: bigint;
    readonly reporterBps: bigint;
    readonly isWhitelisted: boolean;
    /** The rate of the programme, how long it runs, and how long after the deployment it begins. */
    readonly rateBps: number;
    readonly rateDuration: bigint;
    readonly rateDelay: bigint;
  };
  readonly locks: { readonly min: bigint; readonly max: bigint };
  readonly rewards: { readonly granted: bigint };
  /** Wei for each gas that a forced transaction may use. */
  readonly forcedFeePerGas: bigint;
  readonly grants: { readonly lstCap: bigint; readonly totalCap: bigint; readonly reserved: bigint };
  readonly votes: {
    readonly quorum: bigint;
    readonly minVoters: bigint;
    readonly approvalBps: bigint;
    readonly votingPeriod: bigint;
    readonly minVote: bigint;
  };
  readonly timelockDelay: bigint;
  /** What the genesis of L2 gives its contracts; lengths in L2 blocks. */
  readonly l2: {
    readonly epochLength: bigint;
    readonly mirrorLag: bigint;
    /** Epochs that are paid together. */
    readonly feePeriod: bigint;
    /** Up to which the account `epoch` is funded. */
    readonly epochFloat: bigint;
  };
  /** How L2 follows L1. [rollup.ts] */
  readonly rollup: {
    /** Milliseconds from block to block. */
    readonly slotMs: number;
    /** Seconds. */
    readonly maxDrift: bigint;
    /** L1 blocks. */
    readonly sequencingWindow: bigint;
    /** L2 blocks from one output to the next. */
    readonly outputsEvery: bigint;
  };
  /** Liquid staking; seconds. */
  readonly staking: {
    readonly ratePeriod: bigint;
    /** METIS wei that are worth a transfer to L1, and when less is. */
    readonly minDispatch: bigint;
    readonly maxAge: bigint;
  };
  /** METIS that is minted where no token is named; 0 where one must be. */
  readonly tokenSupply: bigint;
}

const METIS = 10n ** 18n;
const GWEI = 10n ** 9n;
const HOUR = 3_600n;
const DAY = 24n * HOUR;

/** What both profiles share. */
const shared = {
  locks: { min: 20_000n * METIS, max: 100_000n * METIS },
  rewards: { granted: 3_000_000n * METIS },
  grants: { lstCap: 220_000n * METIS, totalCap: 4_600_000n * METIS, reserved: 3_000_000n * METIS },
} as const;
const pool = {
  rewardPerBlock: 761_000n * GWEI,
  slashBps: 500n,
  reporterBps: 1_000n,
  isWhitelisted: true,
  rateBps: 2_000,
  rateDuration: 365n * DAY,
} as const;

const mainnet: ContractProfile = {
  ...shared,
  l1ChainId: 1n,
  keys: { noticeBlocks: 300n, setGraceBlocks: 600n },
  inbox: { permissionlessAfterBlocks: 600n, dacRetention: 14n * DAY - HOUR, authMode: 2 },
  outputs: { challengeWindow: 7n * DAY, bond: 100n * METIS },
  game: { moveTimeout: DAY, hasStubVerifier: false },
  pool: {
    ...pool,
    exitDelay: 21n * DAY,
    evidenceAge: 7n * DAY,
    maxPause: 30n * DAY,
    ownerSignerUpdateDelay: 2n * DAY,
    signerUpdateThrottle: 1n,
    rateDelay: 7n * DAY,
  },
  // A transfer costs 0.000105 of the native currency, all the gas of an L1 block 0.05.
  forcedFeePerGas: 5n * GWEI,
  votes: {
    quorum: 50_000n * METIS,
    minVoters: 500n,
    approvalBps: 8_000n,
    votingPeriod: 48n * HOUR,
    minVote: METIS,
  },
  timelockDelay: 48n * HOUR,
  l2: { epochLength: 1_000n, mirrorLag: 1_000n, feePeriod: 193n, epochFloat: 10n * METIS },
  rollup: { slotMs: 2_000, maxDrift: 600n, sequencingWindow: 3_600n, outputsEvery: 1_800n },
  staking: { ratePeriod: DAY, minDispatch: 5_000n * METIS, maxAge: DAY },
  tokenSupply: 0n,
};

const test: ContractProfile = {
  ...shared,
  l1ChainId: 31_337n,
  keys: { noticeBlocks: 5n, setGraceBlocks: 20n },
  inbox: { permissionlessAfterBlocks: 15n, dacRetention: 270n, authMode: 2 },
  outputs: { challengeWindow: 30n, bond: 10n * METIS },
  game: { moveTimeout: 5n, hasStubVerifier: true },
  pool: {
    ...pool,
    exitDelay: 60n,
    evidenceAge: 20n,
    maxPause: 120n,
    ownerSignerUpdateDelay: 20n,
    signerUpdateThrottle: 0n,
    rateDelay: 10n * 60n,
  },
  forcedFeePerGas: 0n,
  votes: {
    quorum: 50_000n * METIS,
    minVoters: 3n,
    approvalBps: 8_000n,
    votingPeriod: 30n,
    minVote: METIS,
  },
  timelockDelay: 10n,
  l2: { epochLength: 20n, mirrorLag: 40n, feePeriod: 2n, epochFloat: 10n * METIS },
  rollup: { slotMs: 1_000, maxDrift: 30n, sequencingWindow: 60n, outputsEvery: 20n },
  staking: { ratePeriod: 10n, minDispatch: 5_000n * METIS, maxAge: 10n },
  tokenSupply: 10_000_000n * METIS,
};

/** The name by which a command takes one. */
export type ProfileName = 'mainnet' | 'test';

/** The profiles. */
export const contractProfiles: Readonly<Record<ProfileName, ContractProfile>> = { mainnet, test };
