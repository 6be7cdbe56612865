import { to0x } from '../../crypto/bytes.ts';
import { bytesToBigint } from '../../crypto/bytes.ts';
import { keccak256 } from '../../ethereum/address.ts';
import { EMPTY_ROOT } from '../../ethereum/trie.ts';
import { breathe } from '../../services/engine/breathe.ts';
import { type Backend, stateHash } from './backend.ts';
import type { Methods } from './method.ts';
import { plain, quantity } from './output.ts';
import * as params from './params.ts';

/** Slots that are proven before others on this thread have their turn. */
const SLOTS_AT_A_TIME = 16;
const NO_CODE: Uint8Array = keccak256(new Uint8Array(0));

/** What shows somebody who has a header, and trusts nobody else, what an account holds. [EIP-1186] */
export function proofMethods(backend: Backend): Methods {
  const { executor, limits } = backend;
  return {
    eth_getProof: {
      most: 3,
      isHeavy: true,
      run: async (list) => {
        const address = list.at(0, params.address);
        const keys = list.at(1, params.listOf(aKey, limits.proofKeys));
        const block = await stateHash(backend, list.maybe(2, params.blockRef));
        const account = await executor.account(block, address);
        const { account: accountProof } = await executor.prove(block, address, []);
        const storageProof: unknown[] = [];
        for (let i = 0; i < keys.length; i += SLOTS_AT_A_TIME) {
          const some = keys.slice(i, i + SLOTS_AT_A_TIME);
          const { slots } = await executor.prove(
            block,
            address,
            some.map(({ slot }) => slot),
          );
          for (const [at, { slot, text }] of some.entries()) {
            const value = quantity(bytesToBigint(await executor.storage(block, address, slot)));
            storageProof.push({ key: text, value, proof: (slots[at] ?? []).map(to0x) });
          }
          await breathe();
        }
        return {
          ...{ address: plain(address), accountProof: accountProof.map(to0x) },
          ...{ balance: quantity(account?.balance ?? 0n), nonce: quantity(account?.nonce ?? 0n) },
          codeHash: to0x(account?.codeHash ?? NO_CODE),
          storageHash: to0x(account?.storageRoot ?? EMPTY_ROOT),
          storageProof,
        };
      },
    },
  };
}

/** A slot, and how its name is printed: whole where it came whole, else as a number. [geth] */
const aKey: params.Read<{ readonly slot: Uint8Array; readonly text: string }> = (value) => {
  const slot = params.slot(value);
  const isWhole = typeof value === 'string' && value.length === 66;
  return { slot, text: isWhole ? to0x(slot) : quantity(bytesToBigint(slot)) };
};
