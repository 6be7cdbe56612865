import { verifyMerkleProof } from '@ethereumjs/mpt';
import { describe, expect, it } from 'vitest';

import { proofMethods } from '../../../../src/apps/rpc/proof-methods.ts';
import { Params } from '../../../../src/apps/rpc/params.ts';
import { bigintToBytes, fromHex, to0x } from '../../../../src/crypto/bytes.ts';
import { addressBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import { rlpBytes, rlpList, rlpNumber } from '../../../../src/ethereum/rlp-parts.ts';
import { predeploys } from '../../../../src/ethereum/l2-genesis.ts';
import { corpusAccounts } from '../../../corpus/corpus.ts';
import { labGenesis } from '../../../corpus/lab.ts';
import { withExecutor } from '../../../corpus/with-executor.ts';
import { FakeWorld, alice, contract } from './fake-world.ts';

interface Proof {
  readonly address: string;
  readonly accountProof: readonly string[];
  readonly balance: string;
  readonly codeHash: string;
  readonly nonce: string;
  readonly storageHash: string;
  readonly storageProof: readonly {
    readonly key: string;
    readonly value: string;
    readonly proof: string[];
  }[];
}
const bytes = (hex: string): Uint8Array => fromHex(hex.slice(2))!;
const nodes = (proof: readonly string[]): Uint8Array[] => proof.map(bytes);
const EMPTY = to0x(keccak256(rlpBytes(new Uint8Array(0))));

describe('a proof of an account', () => {
  it('holds against the state root of the header, also for what is not there', () =>
    withExecutor(labGenesis(corpusAccounts), async (executor) => {
      const zero = (await executor.block(0n))!;
      const root = zero.block.header.stateRoot;
      const world = new FakeWorld();
      const { eth_getProof } = proofMethods({ ...world.backend(), executor });
      const prove = async (account: string, keys: readonly string[]): Promise<Proof> =>
        (await eth_getProof!.run(new Params([account, keys, '0x0']), undefined)) as Proof;
      const slots = Array.from({ length: 20 }, (_, i) => to0x(bigintToBytes(BigInt(i), 32)));
      for (const account of [predeploys.WMETIS, predeploys.SequencerSet, corpusAccounts[0]!.address]) {
        const told = await prove(account, slots);
        const key = keccak256(addressBytes(account));
        const found = await verifyMerkleProof(key, nodes(told.accountProof), { root });
        const number = (hex: string) => rlpNumber(BigInt(hex));
        const hashes = [rlpBytes(bytes(told.storageHash)), rlpBytes(bytes(told.codeHash))];
        expect(found).toEqual(rlpList([number(told.nonce), number(told.balance), ...hashes]));
        for (const [i, { key: name, value, proof }] of told.storageProof.entries()) {
          expect(name).toBe(slots[i]);
          if (told.storageHash === EMPTY) {
            expect([value, proof]).toEqual(['0x0', []]);
            continue;
          }
          const at = { root: bytes(told.storageHash) };
          const proven = await verifyMerkleProof(keccak256(bytes(name)), nodes(proof), at);
          const word = BigInt(value);
          expect(proven ?? null).toEqual(word === 0n ? null : rlpNumber(word));
        }
      }
      const nobody = await prove(contract, ['0x1', '0x00']);
      expect(
        await verifyMerkleProof(keccak256(addressBytes(contract)), nodes(nobody.accountProof), { root }),
      ).toBeNull();
      expect(nobody).toMatchObject({
        ...{ address: contract.toLowerCase(), balance: '0x0', nonce: '0x0', storageHash: EMPTY },
        codeHash: to0x(keccak256(new Uint8Array(0))),
        // What is no whole word is printed as a number.
        storageProof: [
          { key: '0x1', value: '0x0', proof: [] },
          { key: '0x0', value: '0x0', proof: [] },
        ],
      });
    }));

  it('is asked for with keys that are words, not too many, and on a block that there is', async () => {
    const { call } = new FakeWorld().rpc({ proofKeys: 2 });
    const refused = (params: readonly unknown[], message: string) =>
      expect(call('eth_getProof', ...params)).rejects.toThrow(message);
    await refused([alice.address], 'missing value for required argument 1');
    await refused([alice.address, ['0x1', '0x2', '0x3'], 'latest'], 'invalid argument 1: more than 2 items');
    await refused([alice.address, [`0x${'0'.repeat(65)}`], 'latest'], 'storage key too long');
    await refused([alice.address, [], '0x99'], 'header not found');
    expect(await call('eth_getProof', alice.address, ['0x1'])).toMatchObject({
      storageProof: [{ key: '0x1' }],
    });
  });
});
