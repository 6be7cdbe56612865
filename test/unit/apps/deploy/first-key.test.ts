import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { decodeFunctionData, encodeFunctionResult, hexToBytes, parseTransaction } from 'viem';
import { describe, expect, it } from 'vitest';

import { insecureTestAccount } from '../../../../scripts/lib/test-transactions.ts';
import {
  certifyKey,
  digestToCertify,
  isScheduled,
  readProof,
  readWord,
  scheduleFirstKey,
  wordToFile,
} from '../../../../src/apps/deploy/first-key.ts';
import { proofFile } from '../../../../src/apps/key-request.ts';
import { bigintToBytes, to0x } from '../../../../src/crypto/bytes.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import { type Address, parseAddress } from '../../../../src/ethereum/address.ts';
import { contracts } from '../../../../src/ethereum/contracts.ts';
import { signDigest } from '../../../../src/ethereum/deployment-tx.ts';
import { type FirstKey, firstKeyDigest } from '../../../../src/ethereum/first-key.ts';
import { popDigest } from '../../../../src/ethereum/key-pop.ts';
import type { SignedL1Tx } from '../../../../src/ethereum/l1-tx.ts';
import type { DeploymentL1 } from '../../../../src/system/l1-client-deploy.ts';
import { FakeL1, testKey } from './fake-l1.ts';

const { abi } = contracts.KeyRegistry;
const group = insecureTestAccount('deploy-first-key', 0);
const signers = [1, 2, 3]
  .map((i) => insecureTestAccount('deploy-first-key', i))
  .sort((a, b) => (a.address < b.address ? -1 : 1));
const secretOf = ({ secret }: { readonly secret: Uint8Array }): Secret =>
  new Secret('key of a test', secret.slice());
const key: FirstKey = {
  ...{ l1ChainId: 31_337n, purpose: 'batch', activationBlock: 50n, account: group.address },
  registry: parseAddress(`0x${'cd'.repeat(20)}`),
};
const NOBODY = parseAddress(`0x${'00'.repeat(20)}`);
const coded = (code: string): unknown => expect.objectContaining({ code });

/** A registry in memory. */
interface Registry {
  readonly cancelled?: bigint;
  /** What it asks to sign, where that is not as it should be. */
  readonly digest?: Uint8Array;
  readonly head?: bigint;
  /** The keys of the purpose: account, first block. */
  readonly keys?: readonly (readonly [Address, bigint])[];
}

function answerOf(data: Uint8Array, registry: Registry): Uint8Array {
  const { functionName, args } = decodeFunctionData({ abi, data: to0x(data) });
  const members = signers.map(({ address }) => ({ signer: address, power: 10n }));
  if (functionName === 'currentSet') return bigintToBytes(4n, 32);
  if (functionName === 'firstKeyDigest')
    return registry.digest ?? firstKeyDigest(key, registry.cancelled ?? 0n);
  if (functionName === 'memberSet' && args[0] === 4n)
    return hexToBytes(encodeFunctionResult({ abi, functionName, result: [members, 30n, 1n] }));
  if (functionName !== 'keyAt') throw new RangeError(functionName);
  const found = (registry.keys ?? []).filter(([, from]) => from <= args[1]).at(-1)?.[0] ?? NOBODY;
  return hexToBytes(encodeFunctionResult({ abi, functionName, result: found }));
}

function l1Of(registry: Registry = {}): { readonly l1: DeploymentL1; readonly sent: SignedL1Tx[] } {
  const fake = new FakeL1();
  const hash = new Uint8Array(32);
  const l1: DeploymentL1 = {
    ...fake.port(),
    call: (_, data) => Promise.resolve(answerOf(data, registry)),
    head: () => Promise.resolve({ number: registry.head ?? 9n, hash, parentHash: hash }),
  };
  return { l1, sent: fake.offered };
}

/** What an endpoint says that knows of no registry, or makes something up. */
const noAnswers = [
  ['nothing', new Uint8Array(0)],
  ['half a word', new Uint8Array(7)],
  ['ones', new Uint8Array(320).fill(255)],
] as const;

describe('the word of a member', () => {
  it.each(noAnswers)('is not given where L1 answers %s', async (_, answer) => {
    const l1 = { ...l1Of().l1, call: () => Promise.resolve(answer) };
    const secret = secretOf(signers[0] ?? group);
    await expect(certifyKey(key, l1, secret)).rejects.toEqual(coded('deployment-unsafe'));
  });

  it('is over what the registry asks for, also after keys were cancelled', async () => {
    const { l1 } = l1Of({ cancelled: 3n });
    const [first] = signers;
    if (first === undefined) throw new RangeError('there are three');
    const word = await certifyKey(key, l1, secretOf(first));
    expect(word).toMatchObject({ signer: first.address, power: 10n, digest: firstKeyDigest(key, 3n) });
  });

  it('is not given for something that is not this key', async () =>
    expect(digestToCertify(key, l1Of({ digest: new Uint8Array(32) }).l1)).rejects.toEqual(
      coded('deployment-unsafe'),
    ));

  it('is given by members only', async () =>
    expect(certifyKey(key, l1Of().l1, secretOf(group))).rejects.toEqual(coded('not-a-set-member')));

  it('is read from its file, and from no other', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'word-')));
    const [first = group] = signers;
    const word = await certifyKey(key, l1Of().l1, secretOf(first));
    const path = join(folder, 'word.json');
    writeFileSync(path, wordToFile(key, word));
    expect(readWord(path)).toEqual({ path, signature: word.signature });
    const text = new TextDecoder().decode(wordToFile(key, word));
    writeFileSync(path, text.replace('conclave-first-key-signature', 'conclave-key-proof'));
    expect(() => readWord(path)).toThrow(coded('file-damaged'));
    rmSync(folder, { recursive: true });
  });
});

describe('the proof of an account', () => {
  it('is read as hex, and from the file of the command that makes it', async () => {
    const proof = await signDigest(popDigest(key), secretOf(group));
    expect(readProof(to0x(proof))).toEqual(proof);
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'proof-')));
    const path = join(folder, 'proof.json');
    writeFileSync(
      path,
      proofFile({ ...key, kind: 'update-key', keyId: new Uint8Array(32), keyEpoch: 0 }, proof),
    );
    expect(readProof(path)).toEqual(proof);
    const word = await certifyKey(key, l1Of().l1, secretOf(signers[0] ?? group));
    writeFileSync(path, new TextDecoder().decode(wordToFile(key, word)).replace('"signature"', '"proof"'));
    expect(() => readProof(path)).toThrow(coded('file-damaged'));
    expect(() => readProof('0x12')).toThrow(coded('usage'));
    rmSync(folder, { recursive: true });
  });
});

describe('a key that is registered', () => {
  it('is known by account and first block', async () => {
    expect(await isScheduled(key, l1Of().l1)).toBe(false);
    expect(await isScheduled(key, l1Of({ keys: [[group.address, 50n]] }).l1)).toBe(true);
    const replaced = [[group.address, 50n] as const, [key.registry, 90n] as const];
    expect(await isScheduled(key, l1Of({ keys: replaced }).l1)).toBe(true);
  });

  it.each([
    ['of another account', [[NOBODY, 0n] as const, [key.registry, 50n] as const]],
    ['from an earlier block on', [[group.address, 49n] as const]],
    ['from a later block on', [[group.address, 51n] as const]],
  ])('%s is another one', async (_, keys) =>
    expect(isScheduled(key, l1Of({ keys }).l1)).rejects.toEqual(coded('key-taken')),
  );

  it.each(noAnswers.slice(0, 2))('is not known where L1 answers %s', async (_, answer) => {
    const l1 = { ...l1Of().l1, call: () => Promise.resolve(answer) };
    await expect(isScheduled(key, l1)).rejects.toEqual(coded('deployment-unsafe'));
  });
});

describe('the registration of a key', () => {
  const papers = async () => ({
    proof: await signDigest(popDigest(key), secretOf(group)),
    signatures: await Promise.all(
      signers.map(async (signer, i) => ({
        path: `word-${i}`,
        signature: await signDigest(firstKeyDigest(key, 0n), secretOf(signer)),
      })),
    ),
  });

  it('sends the call that the registry takes', async () => {
    const { l1, sent } = l1Of({ head: 48n });
    const { proof, signatures } = await papers();
    await scheduleFirstKey(key, { proof, signatures }, { l1, payer: testKey() });
    const { to, data } = parseTransaction(to0x(sent[0]?.raw ?? new Uint8Array(0)));
    expect(to).toBe(key.registry.toLowerCase());
    const call = decodeFunctionData({ abi, data: data ?? '0x' });
    expect(call.functionName).toBe('scheduleFirstKey');
    expect(call.args?.slice(0, 4)).toEqual([0, group.address, 50n, to0x(proof)]);
    const all = signatures.map(({ signature }) => to0x(signature).slice(2)).join('');
    expect(call.args?.[4]).toBe(`0x07${all}`);
  });

  it('sends nothing where the registry would refuse', async () => {
    const { proof, signatures } = await papers();
    const tries = [
      [{}, { proof: signatures[0]?.signature ?? proof, signatures }, 'bad-proof'],
      [{}, { proof, signatures: signatures.slice(1) }, 'certificate-weak'],
      [{ head: 49n }, { proof, signatures }, 'activation-past'],
      [{ digest: new Uint8Array(32) }, { proof, signatures }, 'deployment-unsafe'],
    ] as const;
    for (const [registry, given, code] of tries) {
      const { l1, sent } = l1Of(registry);
      await expect(scheduleFirstKey(key, given, { l1, payer: testKey() })).rejects.toEqual(coded(code));
      expect(sent).toEqual([]);
    }
  });
});
