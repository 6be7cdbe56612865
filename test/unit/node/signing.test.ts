import { describe, expect, it } from 'vitest';

import { encodeRequest, requestId } from '../../../src/chain/duty.ts';
import { type PartyIndex, partyIndex } from '../../../src/crypto/brand.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { type Refusal, type SignProposal, signingMessageCodec } from '../../../src/node/control.ts';
import { type PresigInfo, proposerOf } from '../../../src/node/presign-pool.ts';
import type { L1View } from '../../../src/node/policy/verdict.ts';
import { Runtimes, exclude, request } from '../../sim/runtimes.ts';
import { named } from './helpers.ts';

const one = partyIndex(1);
const two = partyIndex(2);
const three = partyIndex(3);
const four = partyIndex(4);
const quorum = [one, two, three];

/** Nodes with presignatures for {1, 2, 3}, and what node 2 answers to a proposal of node 1. */
async function ready(): Promise<{
  nodes: Runtimes;
  info: PresigInfo;
  proposal: SignProposal;
  answer: (change: Partial<SignProposal>) => Promise<string>;
}> {
  const nodes = new Runtimes();
  const { runtime } = nodes.seat(1);
  await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
  const info = runtime.pool.propose(nodes.key.record.keyId, quorum, one);
  if (info === undefined) throw new RangeError('no presignature is left');
  const asked = request(nodes.key, { batchIndex: 2n });
  const proposal: SignProposal = {
    kind: 'sign',
    request: encodeRequest(asked),
    attempt: 1,
    quorum,
    presigId: info.presigId,
  };
  const answer = async (change: Partial<SignProposal>): Promise<string> => {
    const answers: Refusal[] = [];
    const before = nodes.trace.length;
    nodes.tamper = (letter) => {
      if (letter.channel !== 'signing' || letter.from !== 2) return [letter];
      const message = decode(signingMessageCodec, letter.bytes);
      if (message.kind === 'refusal') answers.push(message);
      return [];
    };
    nodes.say(one, two, { ...proposal, ...change });
    await nodes.pump();
    await nodes.clock.advance(2_500);
    await nodes.pump();
    const own = nodes.trace.slice(before).filter((line) => line.startsWith('2 '));
    const [first] = answers;
    if (first === undefined) return own.length > 0 ? 'taken part' : 'silence';
    expect(own.filter((line) => line !== '2 guard')).toEqual([]);
    return first.reason;
  };
  return { nodes, info, proposal, answer };
}

describe('a member that is asked to sign', () => {
  it('takes part in what it approves itself', async () => {
    const { answer } = await ready();
    expect(await answer({})).toBe('taken part');
  });

  it('says nothing to what is no request', async () => {
    const { answer, nodes } = await ready();
    expect(await answer({ request: new Uint8Array(40) })).toBe('silence');
    expect(nodes.seat(2).log.lines.some(({ event }) => event === 'sign proposal refused')).toBe(true);
  });

  it('S1, S2: refuses what its policy or the content of the request does not allow', async () => {
    const { answer, nodes } = await ready();
    const ask = (change: Parameters<typeof request>[1]): Promise<string> =>
      answer({ request: encodeRequest(request(nodes.key, { batchIndex: 2n, ...change })) });
    expect(await ask({ l1ChainId: 1n })).toBe('wrong-chain');
    expect(await ask({ keyEpoch: 1 })).toBe('wrong-key-epoch');
    expect(await ask({ gasLimit: 6_000_000n })).toBe('gas-over-cap');
    expect(await ask({ maxFeePerGas: 401n })).toBe('fee-over-cap');
    expect(await ask({ payload: request(nodes.key, { batchIndex: 3n }).payload })).toBe('content-mismatch');
    expect(await ask({ keyId: named('another') })).toBe('key-denied');
  });

  it('S3: refuses a quorum that is none, and a presignature that is not ready for it', async () => {
    const { answer, nodes, info } = await ready();
    expect(await answer({ quorum: [one, three, four] })).toBe('bad-signer-set');
    expect(await answer({ quorum: [one, two] })).toBe('bad-signer-set');
    expect(await answer({ presigId: named('nobody made it') })).toBe('presignature-unknown');
    expect(await answer({ quorum: [one, two, four] })).toBe('presignature-unknown');
    const { pool } = nodes.seat(2).runtime;
    const others = pool.propose(nodes.key.record.keyId, quorum, three);
    if (others === undefined) throw new RangeError('nothing of the third');
    expect(proposerOf(others)).toBe(three);
    expect(await answer({ presigId: others.presigId })).toBe('presignature-unknown');
    await nodes.clock.advance(3_600_000);
    expect(await answer({ presigId: info.presigId })).toBe('presignature-unknown');
  });

  it('S5: refuses what its guard does not allow, and keeps the presignature', async () => {
    const { answer, nodes, info } = await ready();
    const other = request(nodes.key, {}, 'another content');
    expect(await answer({ request: encodeRequest(other) })).toBe('guard-conflict');
    expect(nodes.seat(2).runtime.pool.peek(info.presigId)).toBeDefined();
  });

  it('refuses one presignature for a second request', async () => {
    const { answer, nodes } = await ready();
    expect(await answer({})).toBe('taken part');
    await nodes.clock.advance(20_000); // the first session ends
    await nodes.pump();
    const second = encodeRequest(request(nodes.key, { batchIndex: 3n }));
    expect(await answer({ request: second })).toBe('presignature-unknown');
  });

  it('has its guard’s record on disk before it takes the presignature or says a word', async () => {
    const { nodes, proposal, info } = await ready();
    const { disk, runtime, key } = nodes.seat(2);
    const before = nodes.trace.length;
    nodes.say(one, two, proposal);
    await nodes.pump();
    const own = nodes.trace.slice(before).filter((line) => line.startsWith('2 '));
    expect(own[0]).toBe('2 guard');
    expect(own.slice(1).every((line) => line.includes('sends'))).toBe(true);
    expect(runtime.pool.peek(info.presigId)).toBeUndefined();
    expect(key.guard.seq).toBe(3); // opened, the first request, this one
    expect(disk.files.get('guard')?.length).toBeGreaterThan(0);
  });

  it('says the row of the guard that a content has, also when it is asked for it again', async () => {
    const nodes = new Runtimes();
    const { runtime, signed } = nodes.seat(1);
    const sign = async (batchIndex: bigint, signers: readonly PartyIndex[]): Promise<unknown> =>
      nodes.ending(runtime.sign(request(nodes.key, { batchIndex }), { signers, deadlineMs: 60_000 }));
    await sign(1n, quorum);
    await sign(2n, quorum);
    await sign(1n, [one, two, four]);
    expect(signed.map(({ guardCount }) => guardCount)).toEqual([1, 2, 1]);
    expect(nodes.seat(4).signed.map(({ guardCount }) => guardCount)).toEqual([1]);
  });

  it('signs for an index that L1 has only what it holds: the nonce has to be used', async () => {
    const seen: { l1?: L1View } = {};
    const nodes = new Runtimes({ l1View: () => seen.l1 });
    const { runtime } = nodes.seat(1);
    const sign = (change: Parameters<typeof request>[1], signers: readonly PartyIndex[]) =>
      nodes.ending(runtime.sign(request(nodes.key, change), { signers, deadlineMs: 60_000 }));
    await sign({}, quorum);
    seen.l1 = { chainId: 31_337n, nextNonce: 1n, lastBatchIndex: 1n, maxAhead: 4n };
    const raised = { maxFeePerGas: 82n, maxPriorityFeePerGas: 2n };
    await expect(sign(raised, [one, two, four])).rejects.toThrow(/below-watermark/);
    await sign(raised, quorum);
    expect(nodes.seat(2).signed.map(({ guardCount }) => guardCount)).toContain(2);
  });

  it('takes no presignature when the guard cannot be written', async () => {
    const { nodes, answer, info } = await ready();
    const { disk, runtime } = nodes.seat(2);
    disk.fault = { code: 'disk-full', level: 'retry' };
    expect(await answer({})).toBe('guard-unavailable');
    expect(runtime.pool.peek(info.presigId)).toBeDefined();
  });

  it('refuses to sign with a member that evidence has excluded', async () => {
    const { nodes, answer } = await ready();
    exclude(nodes.seat(2), three);
    expect(await answer({})).toBe('party-excluded');
  });

  it('deals with only so many proposals of one peer at a time', async () => {
    const { nodes, proposal } = await ready();
    const reasons: string[] = [];
    nodes.tamper = (letter) => {
      const message = letter.channel === 'signing' && decode(signingMessageCodec, letter.bytes);
      if (message !== false && message.kind === 'refusal') reasons.push(message.reason);
      return [letter];
    };
    for (let attempt = 1; attempt <= 20; attempt++)
      nodes.seat(2).runtime.receive(
        one,
        // none of them can be decided at once: the presignature is waited for
        encodeProposal({ ...proposal, attempt, presigId: named('later') }),
      );
    await nodes.pump();
    await nodes.clock.advance(3_000);
    await nodes.pump();
    expect(reasons.filter((reason) => reason === 'session-limit')).toHaveLength(4);
  });

  it('counts an invalid signature against all who were there, and drops its session', async () => {
    const { nodes } = await ready();
    const { runtime } = nodes.seat(1);
    const { record } = nodes.key;
    const asked = request(nodes.key, { batchIndex: 2n });
    const spoilt = spoilShares(nodes);
    const signing = runtime.sign(asked, { signers: quorum, deadlineMs: 60_000 });
    await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'signing-failed' });
    spoilt();
    for (const index of [1, 2]) {
      const { key, runtime: own } = nodes.seat(index);
      expect(quorum.map((j) => key.suspicion.of(j))).toEqual([1, 1, 1]);
      expect(own.pool.level(record.keyId, quorum)).toBe(0);
    }
    const again = await nodes.ending(runtime.sign(asked, { deadlineMs: 60_000 }));
    expect(requestId(asked)).toEqual(again.requestId);
  });
});

const encodeProposal = (proposal: SignProposal): Uint8Array => encode(signingMessageCodec, proposal);

/** Node 3 holds another presignature than it should: what it sends is signed by it, and wrong. */
function spoilShares(nodes: Runtimes): () => void {
  const { pool } = nodes.seat(3).runtime;
  const take = pool.take.bind(pool);
  pool.take = (presigId, tau0) => {
    const taken = take(presigId, tau0);
    if (taken.kind === 'taken') {
      const release = taken.presignature.release.bind(taken.presignature);
      taken.presignature.release = () => {
        const scalars = release();
        scalars.u[31] = (scalars.u[31] ?? 0) ^ 1;
        return scalars;
      };
    }
    return taken;
  };
  return () => {
    pool.take = take;
  };
}
