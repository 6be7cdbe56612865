import { describe, expect, test } from 'vitest';

import {
  type SubmitBatchRequest,
  contentHashOf,
  decodeRequest,
  digestOf,
  encodeRequest,
  requestId,
  slotsOf,
  submitBatchCodec,
  updateKeyCodec,
} from '../../src/chain/duty.ts';
import { encodeBatch } from '../../src/chain/batch.ts';
import { inspectRequest } from '../../src/chain/request-checks.ts';
import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { leavesOf } from '../../src/crypto/codec.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { addressFromBytes } from '../../src/ethereum/address.ts';
import { defaultGuardLimits } from '../../src/node/guard-rules.ts';
import { Keystore } from '../../src/node/keystore.ts';
import { decidePolicy } from '../../src/node/policy/policy.ts';
import type { KeyView, PolicyInput } from '../../src/node/policy/verdict.ts';
import { SignGuard } from '../../src/node/sign-guard.ts';
import { brotli } from '../../src/system/compression.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import { blobHash, blobRequest, calldataRequest, keyRequest } from '../unit/chain/samples.ts';
import { context, epochFixture, nodeFixture } from '../unit/node/epoch-fixture.ts';
import { memoryDisk, memoryLog, named, seededRng } from '../unit/node/helpers.ts';
import {
  batchInput,
  batchKey,
  blobInput,
  keyInput,
  keyRule,
  policy,
} from '../unit/node/policy/policy-fixture.ts';

const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
};

/** A node as far as it decides about a request: policy, then guard. Without the latter it is a mutant. */
class Signer {
  readonly guard: SignGuard;
  readonly key: KeyView;
  readonly guarded: boolean;

  constructor(seat: number, guarded = true) {
    this.key = { ...batchKey, self: partyIndex(seat) };
    this.guarded = guarded;
    this.guard = SignGuard.create(
      { path: 'guard.log', keyId: calldataRequest.keyId, limits: { ...defaultGuardLimits, maxGap: {} } },
      'keygen',
      { disk: memoryDisk(), log: memoryLog() },
    );
  }

  async asks(
    request: SubmitBatchRequest,
    signers: readonly PartyIndex[],
    change: Partial<PolicyInput> = {},
  ): Promise<string> {
    const tools = { compressor: brotli, versionedHashes: async () => [blobHash] };
    const { problems } = await inspectRequest(request, tools);
    const verdict = decidePolicy(policy, {
      ...batchInput,
      key: this.key,
      request,
      signers,
      problems,
      ...change,
    });
    if (verdict.kind === 'refused') return verdict.reason;
    if (!this.guarded) return 'signed';
    const asked = this.guard.check({
      slots: verdict.slots,
      kind: request.kind,
      contentHash: verdict.contentHash,
      digest: verdict.digest,
      fees: verdict.fees,
      feeCaps: verdict.feeCaps,
      requestHash: requestId(request),
      presigId: named('p'),
      tau0: named('t'),
      posRef: new Uint8Array(),
      boot: 1n,
      epoch: request.keyEpoch,
    });
    return asked.kind === 'refused' ? asked.reason : 'signed';
  }
}

const quorumOf = (...seats: number[]): PartyIndex[] => seats.map((i) => partyIndex(i));
const otherBatch: SubmitBatchRequest = {
  ...calldataRequest,
  nonce: 3n,
  payload: encodeBatch(
    {
      index: 7n,
      da: 'calldata',
      l2ChainId: 71_001n,
      compression: 'none',
      transactions: makeTransactions({ seed: 'another', l2ChainId: 71_001n, accounts: 2, transactions: 2 }),
    },
    brotli,
  ),
};

describe('ATK-S05 bit rot in a share file', () => {
  test('a flip of any byte is detected, and the message says how to restore it', () => {
    const { record, shares } = epochFixture('rot');
    const { disk, keystore } = nodeFixture(2);
    keystore.storePending(record, shares[1]!, context);
    const path = `${keystore.epochFolderOf(record)}/share-2.json`;
    const whole = disk.files.get(path)!;
    expect(codeOf(() => keystore.load(record))).toBe('accepted');
    const codes = new Set<string>();
    for (let i = 0; i < whole.length; i++)
      for (const mask of [0x01, 0x20, 0x80]) {
        disk.files.set(
          path,
          whole.map((byte, k) => (k === i ? byte ^ mask : byte)),
        );
        codes.add(codeOf(() => keystore.load(record)));
      }
    expect([...codes].sort()).toEqual([
      'file-damaged',
      'file-tampered',
      'file-truncated',
      'wrong-master-key',
    ]);
    const middle = whole.length - 100;
    disk.files.set(
      path,
      whole.map((byte, k) => (k === middle ? byte ^ 1 : byte)),
    );
    expect(() => keystore.load(record)).toThrow(/put your own newest copy back/);
  });
});

describe('ATK-S09 share files swapped', () => {
  const { record, shares } = epochFixture('swap');
  const later = epochFixture('swap, later', record);
  const otherKey = epochFixture('swap, other key');
  const node = (seat: number): ReturnType<typeof nodeFixture> => {
    const made = nodeFixture(seat);
    for (const one of [{ record, shares }, otherKey]) {
      made.keystore.storePending(one.record, one.shares[seat - 1]!, context);
      made.keystore.activate(one.record);
    }
    made.keystore.storePending(later.record, later.shares[seat - 1]!, context);
    return made;
  };
  const pathOf = (made: ReturnType<typeof node>, of: typeof record): string => made.keystore.sharePathOf(of);

  test('between epochs, keys, seats and nodes, each is refused', () => {
    const [two, three] = [node(2), node(3)];
    const own = pathOf(two, record);
    expect(codeOf(() => two.keystore.load(record))).toBe('accepted');
    const put = (bytes: Uint8Array): string => {
      two.disk.files.set(own, bytes);
      return codeOf(() => two.keystore.load(record));
    };
    expect(put(two.disk.files.get(pathOf(two, later.record))!)).toBe('stale-epoch');
    expect(put(two.disk.files.get(pathOf(two, otherKey.record))!)).toBe('wrong-cluster');
    expect(put(three.disk.files.get(pathOf(three, record))!)).toBe('wrong-master-key');
  });

  test('with the master key of the other node too, its share is still refused', () => {
    const three = node(3);
    const thief = nodeFixture(3);
    thief.disk.files.clear();
    for (const [path, bytes] of three.disk.files)
      thief.disk.files.set(path.replace('share-3', 'share-2'), bytes);
    const identityPk = record.members[1]!.identityPk;
    const keystore = new Keystore(
      { folder: 'keys', network: 'devnet', identityPk },
      { disk: thief.disk, manifest: three.manifest, master: three.master, rng: seededRng('x') },
    );
    expect(codeOf(() => keystore.load(record))).toBe('wrong-node');
  });
});

describe('ATK-O01 two batches for one batch index', () => {
  const ask = async (guarded: boolean): Promise<string[][]> => {
    const signers = [1, 2, 3, 4].map((seat) => new Signer(seat, guarded));
    const [first, second] = [quorumOf(1, 2, 3), quorumOf(2, 3, 4)];
    const all = (request: SubmitBatchRequest, quorum: PartyIndex[]): Promise<string[]> =>
      Promise.all(quorum.map((seat) => signers[seat - 1]!.asks(request, quorum)));
    return Promise.all([all(calldataRequest, first), all(otherBatch, second)]);
  };

  test('the members that two quorums share sign one content and refuse the other', async () => {
    expect(contentHashOf(otherBatch)).not.toEqual(contentHashOf(calldataRequest));
    const [one, two] = await ask(true);
    expect(one).toEqual(['signed', 'signed', 'signed']);
    expect(two).toEqual(['guard-conflict', 'guard-conflict', 'signed']);
  });

  test('positive control: without the guard both quorums sign', async () => {
    expect((await ask(false)).flat()).toEqual(Array.from({ length: 6 }, () => 'signed'));
  });
});

describe('ATK-O02 two contents for one sender and nonce', () => {
  test('a bump is signed, another content and the ninth bump are not', async () => {
    const signer = new Signer(2);
    const quorum = quorumOf(1, 2, 4);
    const at = (fee: bigint): SubmitBatchRequest => ({
      ...calldataRequest,
      maxFeePerGas: fee,
      maxPriorityFeePerGas: fee,
    });
    expect(await signer.asks(at(10n), quorum)).toBe('signed');
    expect(await signer.asks({ ...otherBatch, nonce: calldataRequest.nonce }, quorum)).toBe('guard-conflict');
    expect(await signer.asks({ ...at(20n), gasLimit: 700_001n }, quorum)).toBe('guard-conflict');
    let fee = 10n;
    for (let bump = 1; bump <= 8; bump++) {
      fee = (fee * 12n) / 10n;
      expect(await signer.asks(at(fee), quorum)).toBe('signed');
    }
    expect(await signer.asks(at(fee * 2n), quorum)).toBe('fee-steps-exhausted');
    expect(await signer.asks(at(fee), quorum)).toBe('signed');
  });
});

describe('ATK-O03 a member that ignores its guard', () => {
  /** Whether two contents get signatures of `threshold` nodes each, with node 1 lying. */
  const doubleSigns = async (n: number, threshold: number): Promise<boolean> => {
    const seats = Array.from({ length: n }, (_, i) => i + 1);
    const signers = seats.map((seat) => new Signer(seat, seat !== 1));
    const record = {
      ...batchKey.record,
      threshold,
      members: batchKey.record.members.slice(0, n),
      commitments: batchKey.record.commitments.slice(0, threshold),
    };
    const gets = async (request: SubmitBatchRequest, quorum: readonly number[]): Promise<boolean> => {
      const members = quorumOf(...quorum);
      for (const seat of quorum) {
        const signer = signers[seat - 1]!;
        const said = await signer.asks(request, members, { key: { ...signer.key, record } });
        if (said !== 'signed') return false;
      }
      return true;
    };
    const others = seats.slice(1);
    const first = [1, ...others.slice(0, threshold - 1)];
    const second = [1, ...others.slice(-(threshold - 1))];
    return (await gets(calldataRequest, first)) && (await gets(otherBatch, second));
  };

  test('cannot make two quorums of three out of four sign two contents', async () => {
    expect(await doubleSigns(4, 3)).toBe(false);
  });

  test('positive control: with two out of three it can, which is why that shape is warned of', async () => {
    expect(await doubleSigns(3, 2)).toBe(true);
  });
});

describe('ATK-O04 replay on another chain', () => {
  test('another chain id is refused, and has another digest and other slots', async () => {
    const replayed = { ...calldataRequest, l1ChainId: 1n };
    expect(await new Signer(2).asks(replayed, quorumOf(1, 2, 4))).toBe('wrong-chain');
    expect(digestOf(replayed)).not.toEqual(digestOf(calldataRequest));
    const ids = new Set(slotsOf(calldataRequest).map(({ id }) => to0x(id)));
    expect(slotsOf(replayed).some(({ id }) => ids.has(to0x(id)))).toBe(false);
  });
});

describe('ATK-O05 a request changed field by field', () => {
  // Within their bounds these may be what they are; a second content or a replay is the guard's business.
  const free = ['payload', 'nonce', 'gasLimit', 'maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'];
  const mutants = (request: SubmitBatchRequest): (readonly [field: string, mutant: SubmitBatchRequest])[] => {
    const bytes = encodeRequest(request);
    return leavesOf(submitBatchCodec.schema, bytes).flatMap(({ path, offset, length }) =>
      [
        [offset, 0x80],
        [offset + length - 1, 0x01],
        [offset + length - 1, 0x40],
      ].flatMap(([at = 0, mask = 0]) => {
        const changed = bytes.map((byte, i) => (i === at ? byte ^ mask : byte));
        try {
          const mutant = decodeRequest(changed);
          return mutant.kind === 'submit-batch' ? [[path.replace(/^\./, ''), mutant] as const] : [];
        } catch (error) {
          if (error instanceof InputError) return [];
          throw error;
        }
      }),
    );
  };

  test.each([
    ['calldata', calldataRequest, batchInput],
    ['blobs', blobRequest, blobInput],
  ] as const)(
    'of %s is refused by policy, but for numbers within their bounds',
    async (_, request, input) => {
      const approved = new Set<string>();
      const swept = new Set<string>();
      for (const [field, mutant] of mutants(request)) {
        swept.add(field.replace(/\[.*/, ''));
        if ((await new Signer(2, false).asks(mutant, input.signers, { key: input.key })) === 'signed')
          approved.add(field);
      }
      expect([...approved].filter((field) => !free.includes(field))).toEqual([]);
      expect(swept.size).toBeGreaterThanOrEqual(13);
    },
  );

  test('after the original no mutant passes policy and guard, but for a fee bump', async () => {
    const fees = ['maxFeePerGas', 'maxPriorityFeePerGas'];
    for (const [field, mutant] of mutants(calldataRequest)) {
      const signer = new Signer(2);
      expect(await signer.asks(calldataRequest, batchInput.signers)).toBe('signed');
      const said = await signer.asks(mutant, batchInput.signers);
      if (!fees.includes(field)) expect([field, said]).not.toEqual([field, 'signed']);
    }
  });

  test('of the proof of an account is refused by policy, but for a block within its bounds', () => {
    const l1 = { chainId: 31_337n, nextNonce: 0n, lastBatchIndex: 0n, maxAhead: 4n, head: 999n };
    const rules = [...policy.rules, { ...keyRule, purposes: ['blob'] as const }];
    const bytes = encodeRequest(keyRequest);
    const approved = new Set<string>();
    const leaves = leavesOf(updateKeyCodec.schema, bytes);
    for (const { path, offset, length } of leaves)
      for (let bit = 0; bit < 8 * length; bit++) {
        const changed = bytes.map((byte, i) => (i === offset + (bit >> 3) ? byte ^ (1 << (bit & 7)) : byte));
        if (codeOf(() => decodeRequest(changed)) !== 'accepted') continue;
        const verdict = decidePolicy({ rules }, { ...keyInput, l1, request: decodeRequest(changed) });
        if (verdict.kind === 'approved') approved.add(`${path} ${bit}`);
      }
    // 1000 with one of its lowest bits changed is still one of the blocks 1000 to 1499.
    expect([...approved]).toEqual([56, 57, 58, 60].map((bit) => `.activationBlock ${bit}`));
    expect(leaves).toHaveLength(8);
  });

  test('beyond every bound is refused', async () => {
    const beyond: readonly Partial<SubmitBatchRequest>[] = [
      { gasLimit: 5_000_001n },
      { maxFeePerGas: 401n },
      { maxPriorityFeePerGas: 401n },
      { maxFeePerBlobGas: 1n },
      { blobVersionedHashes: [blobHash] },
      { inbox: addressFromBytes(new Uint8Array(20)) },
      { da: 'blobs' },
    ];
    for (const change of beyond)
      expect(await new Signer(2).asks({ ...calldataRequest, ...change }, batchInput.signers)).not.toBe(
        'signed',
      );
  });
});
