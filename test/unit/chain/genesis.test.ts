import { describe, expect, it } from 'vitest';

import { genesisBlock, genesisOutputRoot, readGenesis } from '../../../src/chain/genesis.ts';
import { ascii, latin1, to0x } from '../../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../../src/crypto/json-file.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import { contractProfiles } from '../../../src/ethereum/contract-profiles.ts';
import { genesisFile, l2GenesisOf } from '../../../src/ethereum/l2-genesis.ts';

const account = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const genesis = l2GenesisOf({
  ...{ l2ChainId: 71_001n, profile: contractProfiles.test.l2, timestamp: 1_800_000_000n },
  ...{ timelock: account('11'), bridge: account('22'), sequencer: account('33') },
  ...{ firstEpoch: { start: 1n, end: 20n }, epochAccount: account('44') },
  allocations: [{ account: account('aa'), wei: 5n }],
});
const bytes = writeJsonFile(genesisFile(genesis));
const refused = (what: string) =>
  expect.objectContaining({ code: 'file-damaged', message: expect.stringContaining(what) }) as unknown;

describe('block 0', () => {
  // What geth 1.17.5 said of this file; test/compliance/engine-geth.test.ts asks it again where it is.
  it('has the state root and the hash that an execution client of others finds', () => {
    const { hash, header } = genesisBlock(genesis);
    expect(to0x(header.stateRoot)).toBe('0xbb562e44bbf2cbb8261c2bea2ade3aa03d92152cbde87dd280b1b5debcfe9dad');
    expect(to0x(hash)).toBe('0x6686025c3e437cda63dab58567ff0a02dcf7abbac8c5d6b42ff8084546287b02');
  });

  it('is another one for another chain, time or account', () => {
    const root = to0x(genesisOutputRoot(genesis));
    expect(to0x(genesisOutputRoot({ ...genesis }))).toBe(root);
    for (const other of [{ l2ChainId: 1n }, { timestamp: 1n }, { accounts: {} }])
      expect(to0x(genesisOutputRoot({ ...genesis, ...other }))).not.toBe(root);
  });
});

describe('a file with a genesis', () => {
  it('is read as it was written', () => {
    expect(readGenesis(bytes, 'file')).toEqual(genesis);
  });

  const text = latin1(bytes);
  const passer = '"0x4c32000000000000000000000000000000000002"';
  it.each([
    [
      'another gas limit',
      '"gasLimit": "0x1c9c380"',
      '"gasLimit": "0x1c9c381"',
      'not a genesis of this build',
    ],
    ['another rule', '"shanghaiTime": 0', '"shanghaiTime": 1', 'not a genesis of this build'],
    ['a field more', '"alloc": {', '"more": 1,\n  "alloc": {', 'not a genesis of this build'],
    ['no chain', '"chainId": 71001', '"chainId": "71001"', 'chain id'],
    ['a time in decimal', '"timestamp": "0x6b49d200"', '"timestamp": "1800000000"', 'no quantity'],
    ['an address that is none', passer, passer.replace('02"', '"'), 'no address'],
    ['an account with nothing', '"balance": "0x5"', '"balance": "0x0"', 'nothing'],
    ['a balance with zeros in front', '"balance": "0x5"', '"balance": "0x05"', 'no quantity'],
    ['code that is no hex', '"code": "0x33', '"code": "0xzz', 'lower-case hex'],
    ['a word of 31 bytes', `"0x${'0'.repeat(63)}1": "0x00`, `"0x${'0'.repeat(63)}1": "0x`, '32 bytes'],
    [
      'a slot of 31 bytes',
      `"0x${'0'.repeat(63)}1": "0x`,
      `"0x${'0'.repeat(61)}1": "0x`,
      'no word of storage',
    ],
    ['a word that is zero', `0000${account('11').slice(2)}"`, `0000${'0'.repeat(40)}"`, 'no word of storage'],
  ])('is refused with %s', (_, from, to, what) => {
    expect(text).toContain(from);
    const other = ascii(text.replace(from, to));
    expect(() => readGenesis(other, 'file')).toThrow(refused(what));
  });
});
