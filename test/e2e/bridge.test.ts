import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { accountOn } from '../../src/apps/bridge/account.ts';
import { outputsOn, ownChain } from '../../src/apps/bridge/outputs.ts';
import { silent } from '../../src/apps/guard-folder.ts';
import { stubEvidence } from '../../src/chain/dispute.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { type Address, parseAddress } from '../../src/ethereum/address.ts';
import { Challenger } from '../../src/services/outputs/challenger.ts';
import type { GameDeps } from '../../src/services/outputs/games.ts';
import { Proposer } from '../../src/services/outputs/proposer.ts';
import { systemClock } from '../../src/system/clock.ts';
import { connectBridgeChain } from '../../src/system/l1-client-chain.ts';
import type { OwnChain } from '../../src/system/ports.ts';
import { ANVIL_KEYS, BridgeHouse, conclave, owner } from './bridge-house.ts';

const METIS = 10n ** 18n;
/** Seconds, and a little more. [contract-profiles.ts, test] */
const WINDOW = 31;

describe('the bridge, by its commands', () => {
  let house: BridgeHouse;
  let user: Address;
  beforeAll(async () => {
    house = await BridgeHouse.open();
    user = await owner(house);
  });
  afterAll(() => house.close());

  const record = (): string[] => ['--record', house.file('d.json')];
  const l1 = (): string[] => ['--l1', house.anvil.url];
  const l2 = (): string[] => ['--l2', house.url];
  const both = (): string[] => [...record(), ...l1(), ...l2()];
  const key = (i = 0): string[] => ['--key-file', house.file(`key-${i}`)];
  const onL2 = async (account: Address): Promise<bigint> =>
    (await house.executor.account(house.head.block.hash, account))?.balance ?? 0n;
  const onL1 = async (account: Address): Promise<bigint> => {
    const data = `0x70a08231${account.slice(2).toLowerCase().padStart(64, '0')}`;
    const token = house.contracts.at('MetisToken');
    return BigInt(String(await house.anvil.rpc('eth_call', [{ to: token, data }, 'latest'])));
  };

  it('credits a deposit in the first block whose origin has it', async () => {
    const deposit = ['bridge', 'deposit', ...record(), ...l1(), ...key()];
    const said = await conclave(...deposit, '--wei', String(70n * METIS + 5n));
    expect(said).toMatchObject({ code: 0, value: { to: user } });
    expect(await onL2(user)).toBe(0n);
    await house.catchUp();
    expect(await onL2(user)).toBe(70n * METIS);
    expect(house.head.block.withdrawals.map(({ address, gwei }) => [address, gwei])).toEqual([
      [user, 70n * 10n ** 9n],
    ]);
    expect(await conclave(...deposit, '--wei', '0')).toMatchObject({ code: 2 });
  });

  it('forces a transaction in, which the next block begins with', async () => {
    const to = parseAddress(`0x${'77'.repeat(20)}`);
    const made = ['--to', to, '--wei', '3', ...l2()];
    const said = await conclave('bridge', 'force', ...record(), ...l1(), ...key(), ...made);
    expect(said.code).toBe(0);
    await house.catchUp();
    const { block, forcedCount, receipts } = house.head;
    expect([forcedCount, block.transactions.length]).toEqual([1, 1]);
    expect(receipts[0]).toMatchObject({ isSuccess: true, to });
    expect(said.value['l2Hash']).toBe(`0x${Buffer.from(receipts[0]!.hash).toString('hex')}`);
    expect(await onL2(to)).toBe(3n);
    const bad = ['bridge', 'force', ...record(), ...l1(), ...key(), '--raw', '0x1234'];
    expect((await conclave(...bad)).code).not.toBe(0);
  });

  it('delivers on L2 what L1 sent there, once', async () => {
    const token = house.contracts.at('MetisToken');
    // Any token that is not METIS: here another METIS.
    const said = await house.deployToken();
    expect(said).not.toBe(token);
    await house.registerToken(said);
    await house.catchUp();
    const relay = ['bridge', 'relay', ...both(), ...key()];
    expect(await conclave(...relay)).toMatchObject({ code: 0, value: { relayed: [0], refused: [] } });
    await house.catchUp();
    const deposit = ['bridge', 'deposit', ...record(), ...l1(), ...key(), '--token', said, '--wei', '9'];
    expect((await conclave(...deposit)).code).toBe(0);
    await house.catchUp();
    expect(await conclave(...relay)).toMatchObject({ code: 0, value: { relayed: [1], refused: [] } });
    expect(await conclave(...relay)).toMatchObject({ code: 0, value: { relayed: [], refused: [] } });
    expect(await house.tokenOnL2(said, user)).toBe(9n);
  });

  it('pays out on L1 what left L2, after the window, and not a second time', async () => {
    const to = parseAddress(`0x${'88'.repeat(20)}`);
    const wei = 5n * METIS + 1n;
    const left = await conclave(
      'bridge',
      'withdraw',
      ...record(),
      ...l2(),
      ...key(),
      '--wei',
      String(wei),
      '--to',
      to,
    );
    expect(left.code).toBe(0);
    const hash = String(left.value['hash']);
    const status = () => conclave('bridge', 'status', ...both(), hash);
    const finalize = () => conclave('bridge', 'finalize', ...both(), ...key(), hash);
    expect((await status()).value).toMatchObject({ stage: 'initiated' });
    expect(await finalize()).toMatchObject({ value: { code: 'not-final' } });
    await house.catchUp();
    await house.postBatch();
    const bond = ['outputs', 'deposit', ...record(), ...l1(), ...key(), '--wei', String(50n * METIS)];
    expect((await conclave(...bond)).code).toBe(0);
    const propose = ['outputs', 'propose', ...both(), ...key(), '--blocks', '1'];
    expect(await conclave(...propose)).toMatchObject({ code: 0, value: { hasActed: true } });
    expect(await conclave(...propose)).toMatchObject({ code: 0, value: { hasActed: false } });
    expect((await status()).value).toMatchObject({ stage: 'window-running', outputIndex: '1' });
    expect(await finalize()).toMatchObject({ value: { code: 'not-final' } });
    await house.pass(WINDOW);
    expect((await status()).value).toMatchObject({ stage: 'finalizable' });
    const { value } = await conclave('bridge', 'prove', ...both(), hash);
    expect(value).toMatchObject({
      outputIndex: '1',
      proofs: [{ message: { amount: String(wei), target: to } }],
    });
    expect(await finalize()).toMatchObject({ code: 0, value: { outputIndex: '1' } });
    expect(await onL1(to)).toBe(wei);
    expect((await status()).value).toMatchObject({ stage: 'released' });
    expect(await finalize()).toMatchObject({ value: { code: 'already-released' } });
    expect(await onL1(to)).toBe(wei);
  });

  it('has no way out for a transaction that let nothing leave', async () => {
    const hash = `0x${Buffer.from(house.blocks.at(-1)!.block.hash).toString('hex')}`;
    expect(await conclave('bridge', 'status', ...both(), hash)).toMatchObject({
      value: { code: 'no-withdrawal' },
    });
    expect(await conclave('bridge', 'status', ...both(), '0x12')).toMatchObject({ code: 2 });
  });

  /** Plays for an account of anvil, by what `own` holds to be L2. */
  const depsOf = async (account: number, own: OwnChain): Promise<GameDeps> => {
    const chain = await connectBridgeChain(house.anvil.url, { clock: systemClock });
    const { at } = house.contracts;
    const secret = new Secret('account', fromHex(ANVIL_KEYS[account]!)!);
    const places = { outputs: at('Outputs'), game: at('DisputeGame'), inbox: at('BatchInbox') };
    return {
      ...{ l1: outputsOn(accountOn(chain, secret), places), own, log: silent },
      evidenceOf: async (step) => ({ verifier: at('StubValidity'), evidence: stubEvidence(step) }),
    };
  };

  it('rejects an output that is not what L2 is, after a dispute that its own node plays', async () => {
    for (let i = 0; i < 11; i++) await house.produce();
    await house.postBatch();
    const honest = await ownChain(await connectBridgeChain(house.url, { clock: systemClock }));
    const from = house.batched - 4n;
    const lying: OwnChain = {
      ...honest,
      outputAfter: async (block) => {
        const output = await honest.outputAfter(block);
        return output && block >= from ? { ...output, stateRoot: new Uint8Array(32).fill(6) } : output;
      },
    };
    const [liar, judge] = [await depsOf(0, lying), await depsOf(1, honest)];
    const proposer = new Proposer(liar, { every: 1n });
    const challenger = new Challenger(judge);
    expect(await proposer.step()).toBe(true);
    const index = await liar.l1.last();
    // Without a deposit the challenger can only cry.
    expect(await challenger.step()).toBe(false);
    await house.giveMetis(judge.l1.account, 20n * METIS);
    const bond = ['outputs', 'deposit', ...record(), ...l1(), ...key(1), '--wei', String(20n * METIS)];
    expect((await conclave(...bond)).code).toBe(0);
    let rounds = 0;
    while ((await liar.l1.output(index)).status !== 'rejected' && rounds++ < 20) {
      await challenger.step();
      if ((await liar.l1.output(index)).status === 'disputed') await proposer.step();
    }
    expect((await liar.l1.output(index)).status).toBe('rejected');
    expect((await liar.l1.game(1n)).high).toBe(from);
    expect((await judge.l1.bond()).free).toBe(29n * METIS);
    // What is true is claimed next, and stands.
    expect(await new Proposer({ ...liar, own: honest }, { every: 1n }).step()).toBe(true);
    expect(await challenger.step()).toBe(false);
  });

  it('lets a silent liar lose by its silence', async () => {
    await house.pass(WINDOW);
    for (let i = 0; i < 5; i++) await house.produce();
    await house.postBatch();
    const honest = await ownChain(await connectBridgeChain(house.url, { clock: systemClock }));
    const zero = new Uint8Array(32);
    const outputAfter: OwnChain['outputAfter'] = async (block) => {
      const output = await honest.outputAfter(block);
      return output && { ...output, messageTreeRoot: zero };
    };
    const liar = await depsOf(0, { ...honest, outputAfter });
    const challenger = new Challenger(await depsOf(1, honest));
    expect(await new Proposer(liar, { every: 1n }).step()).toBe(true);
    expect(await challenger.step()).toBe(true);
    expect(await challenger.step()).toBe(false);
    await house.pass(6);
    expect(await challenger.step()).toBe(true);
    expect((await liar.l1.output(await liar.l1.last())).status).toBe('rejected');
  });
});
