import { expect, it } from 'vitest';

import { bigintToBytes, bytesToBigint, fromHex } from '../../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { NEW_ACCOUNT, encodeAccount } from '../../../../src/services/engine/account.ts';
import { AnswerMemory } from '../../../../src/services/engine/answer-memory.ts';
import type { FromCallThread, Read, ToCallThread } from '../../../../src/services/engine/call-messages.ts';
import { serveCalls } from '../../../../src/services/engine/call-thread.ts';
import { genesisState } from '../../../../src/services/engine/genesis.ts';
import { keyBytes } from '../../../../src/services/engine/key.ts';
import { CHAIN_ID, labGenesis } from '../../../corpus/lab.ts';

/** The longest code that there is. [EIP-170] */
const CODE = new Uint8Array(24_576);
const FIRST = 65_536n;
const { header, hash } = genesisState(labGenesis([])).block;

/** Accounts behind the first one, each with its own code. */
function answerOf(what: Read): Uint8Array | undefined {
  if (what.of === 'code') return CODE;
  if (what.of !== 'account') return undefined;
  const key = keyBytes(what.account);
  if (bytesToBigint(key) < FIRST || bytesToBigint(key) > FIRST + 65_535n) return undefined;
  return encodeAccount({ ...NEW_ACCOUNT, codeHash: keccak256(key) });
}

/** Makes calls in this thread, and counts what they read. */
async function serving() {
  const memory = new AnswerMemory();
  const reads = { account: 0, slot: 0, code: 0, ancestor: 0 };
  let tell: (message: ToCallThread) => void = () => undefined;
  let hear: (message: FromCallThread) => void = () => undefined;
  serveCalls({
    onMessage: (handler) => void (tell = handler),
    post: (message) => {
      if (message.kind !== 'read') return hear(message);
      reads[message.read.of] += 1;
      memory.answer(answerOf(message.read));
    },
  });
  const say = (message: ToCallThread): Promise<FromCallThread> =>
    new Promise((resolve) => {
      hear = resolve;
      tell(message);
    });
  await say({ kind: 'hello', chainId: CHAIN_ID, memory: memory.shared });
  /** Asks for the sizes of so many codes; how many of them were read. */
  const sizes = async (count: number, root = header.stateRoot): Promise<number> => {
    const before = reads.code;
    const loop = `61${count.toString(16).padStart(4, '0')}5b8062010000013b506001900380600357`;
    const request = { data: fromHex(`${loop}00`)! };
    const said = await say({ kind: 'call', header: { ...header, stateRoot: root }, hash, request });
    expect(said).toMatchObject({ kind: 'done', result: { isSuccess: true } });
    return reads.code - before;
  };
  return { sizes };
}

it('a thread remembers codes by their bytes: few of the longest, and also in other states', async () => {
  const { sizes } = await serving();
  expect(await sizes(100)).toBe(100);
  expect(await sizes(100)).toBe(0);
  expect(await sizes(100, bigintToBytes(7n, 32))).toBe(0);
  // 1,000 of them are 24 MB: what was read first is forgotten before the end.
  for (let i = 0; i < 2; i++) expect(await sizes(1_000)).toBe(1_000);
  expect(await sizes(100)).toBe(0);
});
