import { describe, expect, it, vi } from 'vitest';

import { encodeRequest } from '../../src/chain/duty.ts';
import { partyIndex } from '../../src/crypto/brand.ts';
import { decode, encode } from '../../src/crypto/codec.ts';
import { addressFromBytes } from '../../src/ethereum/address.ts';
import { type SigningMessage, signingMessageCodec } from '../../src/node/control.ts';
import { type PresigInfo, PooledPresignature } from '../../src/node/presign-pool.ts';
import { type Spec, specCodec } from '../../src/protocols/kernel/spec.ts';
import { readDefinition, writeDefinition } from '../../src/chain/definition-file.ts';
import { type Letter, Runtimes, request } from '../sim/runtimes.ts';
import { plan, settle, until } from '../stories/house.ts';

const one = partyIndex(1);
const two = partyIndex(2);
const three = partyIndex(3);
const quorum = [one, two, three];

/** Nodes with presignatures for {1, 2, 3}, one of which is node 1's to propose. */
async function ready(): Promise<{ nodes: Runtimes; info: PresigInfo }> {
  const nodes = new Runtimes();
  const { runtime } = nodes.seat(1);
  await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
  await nodes.clock.advance(20_000);
  await nodes.pump();
  const info = runtime.pool.propose(nodes.key.record.keyId, quorum, one);
  if (info === undefined) throw new RangeError('no presignature is left');
  return { nodes, info };
}

const messageOf = ({ channel, bytes }: Letter): SigningMessage | undefined =>
  channel === 'signing' ? decode(signingMessageCodec, bytes) : undefined;

/** One cluster for all proposals that are refused: nothing of it is used up. */
const shared = ready();

/**
 * What node 1 asks of the others, one message each, and what they do: who sends shares, who says no and why.
 */
async function propose(
  nodes: Runtimes,
  messages: ReadonlyMap<typeof one, SigningMessage>,
): Promise<{ readonly took: readonly number[]; readonly refusals: readonly string[] }> {
  const refusals: string[] = [];
  const took = new Set<number>();
  nodes.tamper = (letter) => {
    const message = messageOf(letter);
    if (message?.kind === 'refusal') refusals.push(`${letter.from} ${message.reason}`);
    if (letter.channel === 'session') took.add(letter.from);
    return [letter];
  };
  for (const [to, message] of messages) nodes.say(one, to, message);
  await nodes.pump();
  await nodes.clock.advance(2_500);
  await nodes.pump();
  return { took: [...took], refusals };
}

const sign = (info: PresigInfo, asked: Parameters<typeof encodeRequest>[0]): SigningMessage => ({
  kind: 'sign',
  request: encodeRequest(asked),
  attempt: 1,
  quorum,
  presigId: info.presigId,
});

describe('ATK-P21 a coordinator that shows different requests to different members', () => {
  it('ATK-P21: gets no signature, and each member is in a session of its own', async () => {
    const { nodes, info } = await ready();
    const sids = new Set<string>();
    nodes.tamper = (letter) => [letter];
    const requests = ['a', 'b'].map((seed) => request(nodes.key, { batchIndex: 2n }, `shown ${seed}`));
    const before = nodes.trace.length;
    for (const [i, to] of [two, three].entries()) {
      const asked = requests[i];
      if (asked !== undefined) nodes.say(one, to, sign(info, asked));
    }
    nodes.tamper = (letter) => {
      if (letter.channel === 'session') sids.add(letter.bytes.subarray(0, 32).join());
      return [letter];
    };
    await nodes.pump();
    expect(sids.size).toBe(2);
    expect(nodes.trace.slice(before).filter((line) => line.endsWith('guard'))).toEqual([
      '2 guard',
      '3 guard',
    ]);
    const pools = [2, 3].map((j) => nodes.seat(j).runtime.pool.peek(info.presigId));
    expect(pools).toEqual([undefined, undefined]); // used once, for one of the two each
    await nodes.clock.advance(20_000);
    await nodes.pump();
    const endings = [2, 3].map((j) =>
      nodes.seat(j).signed.find((one) => String(one.info.presigId) === String(info.presigId)),
    );
    expect(endings.map((one) => one?.ending.kind)).toEqual(['aborted', 'aborted']);
  });

  it('ATK-P21: no member takes a second request for the presignature that it has used', async () => {
    const { nodes, info } = await ready();
    const first = request(nodes.key, { batchIndex: 2n });
    const second = request(nodes.key, { batchIndex: 3n });
    expect((await propose(nodes, new Map([[two, sign(info, first)]]))).refusals).toEqual([]);
    await nodes.clock.advance(20_000);
    await nodes.pump();
    const again = await propose(nodes, new Map([[two, { ...sign(info, second), attempt: 2 }]]));
    expect(again).toEqual({ took: [], refusals: ['2 presignature-unknown'] });
  });

  it('ATK-P21: positive control, a pool that forgets gives a second share of one nonce', async () => {
    const { nodes, info } = await ready();
    const { pool } = nodes.seat(2).runtime;
    const take = pool.take.bind(pool);
    const kept: { phi: Uint8Array; u: Uint8Array; v: Uint8Array }[] = [];
    vi.spyOn(pool, 'peek').mockReturnValue(info);
    vi.spyOn(pool, 'take').mockImplementation((presigId, tau0) => {
      const taken = take(presigId, tau0);
      if (taken.kind === 'taken') {
        const { phi, u, v } = taken.presignature.release();
        kept.push({ phi: phi.slice(), u: u.slice(), v: v.slice() });
      }
      const [scalars] = kept;
      if (scalars === undefined) throw new RangeError('nothing was taken');
      const copy = { phi: scalars.phi.slice(), u: scalars.u.slice(), v: scalars.v.slice() };
      return { kind: 'taken', presignature: new PooledPresignature(info, copy) };
    });
    const asked = [2n, 3n].map((batchIndex) => request(nodes.key, { batchIndex }));
    const shares: number[] = [];
    for (const [i, one] of asked.entries()) {
      const { took } = await propose(nodes, new Map([[two, { ...sign(info, one), attempt: i + 1 }]]));
      shares.push(...took);
      await nodes.clock.advance(20_000);
      await nodes.pump();
    }
    expect(shares).toEqual([2, 2]);
  });
});

describe('ATK-P25 a coordinator that names wrong signer sets', () => {
  const sets: readonly (readonly number[])[] = [
    [1, 2],
    [1, 2, 3, 4],
    [1, 3, 4],
    [2, 2, 3],
    [3, 2, 1],
    [1, 2, 9],
  ];
  it.each(sets.map((set) => [set]))('ATK-P25: is refused with %j', async (set) => {
    const { nodes, info } = await shared;
    const asked = request(nodes.key, { batchIndex: 2n });
    const message = { ...sign(info, asked), quorum: set.map((j) => partyIndex(j)) };
    const { took, refusals } = await propose(nodes, new Map([[two, message]]));
    expect(took).toEqual([]);
    expect(refusals).toHaveLength(1);
  });
});

describe('ATK-P26 a coordinator that lies about the request', () => {
  const lies: readonly (readonly [what: string, lie: Parameters<typeof request>[1]])[] = [
    ['another destination', { inbox: addressFromBytes(new Uint8Array(20).fill(6)) }],
    ['another chain', { l1ChainId: 1n }],
    ['another L2', { l2ChainId: 5n }],
    ['another index than in the payload', { batchIndex: 2n, payload: request(new Runtimes().key).payload }],
    ['another sender', { sender: addressFromBytes(new Uint8Array(20).fill(6)) }],
    ['another nonce for a batch that is signed', { batchIndex: 1n, nonce: 2n }],
    ['a batch that is signed with other content', { batchIndex: 1n, nonce: 9n, gasLimit: 600_000n }],
    ['too much gas', { gasLimit: 6_000_000n }],
    ['too high a fee', { maxFeePerGas: 10_000n }],
    ['an index far ahead', { batchIndex: 900n, nonce: 900n }],
  ];
  it.each(lies)('ATK-P26: is refused with %s by every member', async (_, lie) => {
    const { nodes, info } = await shared;
    const message = sign(info, request(nodes.key, lie));
    const { took, refusals } = await propose(
      nodes,
      new Map([
        [two, message],
        [three, message],
      ]),
    );
    expect(took).toEqual([]);
    expect(refusals.map((text) => text.slice(0, 2))).toEqual(['2 ', '3 ']);
  });
  it('ATK-P26: positive control, the truth is signed', async () => {
    const { nodes, info } = await ready();
    const message = sign(info, request(nodes.key, { batchIndex: 2n }));
    expect((await propose(nodes, new Map([[two, message]]))).took).toEqual([2]);
  });
});

describe('ATK-P09 one specification proposed twice', () => {
  /** How often node 2 says its first word in a session that node 1 proposes again. */
  async function firstWords(forget: (nodes: Runtimes) => void): Promise<number> {
    const nodes = new Runtimes();
    let spec: Uint8Array | undefined;
    nodes.tamper = (letter) => {
      const message = messageOf(letter);
      if (message?.kind === 'presign') spec = message.spec;
      return [letter];
    };
    const { runtime } = nodes.seat(1);
    await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
    await nodes.clock.advance(20_000);
    await nodes.pump();
    if (spec === undefined) throw new RangeError('nothing was proposed');
    forget(nodes);
    nodes.say(one, two, { kind: 'presign', spec: freshDeadline(nodes, spec) });
    nodes.say(one, two, { kind: 'presign', spec });
    const before = nodes.trace.length;
    await nodes.pump();
    return nodes.trace.slice(before).filter((line) => line.startsWith('2 sends')).length / 2;
  }
  /** The same position once more under another name: what differs is the deadline alone. */
  const freshDeadline = (nodes: Runtimes, bytes: Uint8Array): Uint8Array => {
    const spec: Spec = decode(specCodec, bytes);
    return encode(specCodec, { ...spec, notAfterMs: BigInt(nodes.clock.nowMs()) + 1_000n });
  };

  it('ATK-P09: is joined once', async () => {
    expect(await firstWords(() => undefined)).toBe(0);
  });
  it('ATK-P09: positive control, a node that forgets what it joined begins again', async () => {
    const begun = await firstWords((nodes) => {
      vi.spyOn(nodes.seat(2).key.joined, 'join').mockReturnValue('joined');
    });
    expect(begun).toBe(1);
  });
});

describe('ATK-S17 a share before the guard', () => {
  it('ATK-S17: every signer has its record on disk before its first byte of the session leaves', async () => {
    const nodes = new Runtimes();
    for (let index = 1n; index <= 6n; index++) {
      const by = nodes.seat([1, 2, 3][Number(index) % 3] ?? 1).runtime;
      const before = nodes.trace.length;
      const online: string[] = [];
      nodes.tamper = (letter) => {
        const message = messageOf(letter);
        if (message?.kind === 'sign') online.push('asked');
        return [letter];
      };
      const asked = request(nodes.key, { batchIndex: index });
      await nodes.ending(by.sign(asked, { signers: quorum, deadlineMs: 60_000 }));
      await nodes.clock.advance(20_000);
      await nodes.pump();
      expect(online.length).toBeGreaterThan(0);
      for (const j of quorum) {
        const own = nodes.trace.slice(before).filter((line) => line.startsWith(`${j} `));
        // Presigning comes before, where it was cold; behind the record there are both messages of the
        // session.
        const at = own.indexOf(`${j} guard`);
        expect(own.filter((line) => line.endsWith('guard'))).toHaveLength(1);
        expect(own.length - at - 1).toBeGreaterThanOrEqual(4);
        expect(at === 0 || at >= 8).toBe(true);
      }
    }
  });
});

describe('ATK-O11 members with different definitions of one ceremony', () => {
  it('ATK-O11: both sides name the other, and nobody signs more', async () => {
    const pair = [settle(27_890), settle(27_891)];
    const other = plan([pair[0]!, pair[1]!], 2);
    const { definition } = readDefinition(plan([pair[0]!, pair[1]!], 2), 'test');
    const changed = writeDefinition({ definition: { ...definition, name: 'another' }, signatures: [] });
    try {
      for (const [i, { node }] of pair.entries()) {
        await node.start();
        await node.accept(node.join(i === 0 ? other : changed).id);
      }
      const stateOf = (i: number): string | undefined =>
        pair[i]?.node.status().members.find(({ isSelf }) => !isSelf)?.state;
      await until('both refuse', () => stateOf(0) === 'refused' && stateOf(1) === 'refused');
      for (const [i, { node }] of pair.entries()) {
        const far = node.status().members.find(({ isSelf }) => !isSelf);
        expect(far).toMatchObject({ name: `node-${2 - i}`, reason: 'definition-mismatch' });
        expect(node.ceremonies()[0]?.members.filter(({ hasSigned }) => hasSigned)).toHaveLength(1);
      }
    } finally {
      for (const { node } of pair) await node.stop();
    }
  });
});
