import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fromHex, to0x } from '../../src/crypto/bytes.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { intrinsicGas, readSignedTx } from '../../src/ethereum/l2-tx.ts';
import { implementations, under } from './implementations.ts';
import { type RlpItem, decodeRlp, encodeRlp, rlpInteger } from '../../src/ethereum/rlp.ts';

// Source: github.com/ethereum/tests (MIT), TransactionTests and RLPTests. They lie beside the repository and not
// in it; where they are absent only the few cases below, typed from the same source, are run.
const folder = join(import.meta.dirname, '../../../shared/vectors/ethereum-tests');
const present = existsSync(folder);
if (!present)
  process.stderr.write(`\n*** ${folder} is absent: the ethereum/tests vectors were NOT run ***\n\n`);

interface Expected {
  readonly exception?: string;
  readonly intrinsicGas?: string;
  readonly sender?: string;
  readonly hash?: string;
}
interface Case {
  readonly name: string;
  readonly txbytes: string;
  readonly expected: Expected;
}

const files = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(path, entry.name)) : [join(path, entry.name)],
  );

const json = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8')) as never;

function transactionCases(): Case[] {
  return files(join(folder, 'TransactionTests')).flatMap((file) =>
    Object.entries(json(file)).map(([name, value]) => {
      const { txbytes, result } = value as { txbytes: string; result: Record<string, Expected> };
      const expected = result['Cancun'] ?? result['Shanghai'] ?? {};
      return { name: `${file.slice(folder.length + 1)} ${name}`, txbytes, expected };
    }),
  );
}

const own: Case[] = [
  {
    name: 'own copy: a nonce without leading zeros is accepted (type 0, no chain id)',
    // EIP-155, example: chain id 1, key of 32 bytes 0x46.
    txbytes:
      '0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc21' +
      '95fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83',
    expected: {
      sender: '0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f',
      hash: '0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788',
      intrinsicGas: '0x5208',
    },
  },
  { name: 'own copy: a cut length is refused', txbytes: '0xb8', expected: { exception: 'RLP_ERROR_EOF' } },
];

// The vectors were made for chain 1; transactions from before EIP-155 name no chain and are judged by the rest.
function read(txbytes: string): Omit<Expected, 'exception'> | 'refused' {
  try {
    const tx = readSignedTx(fromHex(txbytes)!);
    if (tx.chainId !== undefined && tx.chainId !== 1n) return 'refused';
    const gas = `0x${intrinsicGas(tx).toString(16)}`;
    return { sender: tx.sender.toLowerCase(), hash: to0x(tx.hash), intrinsicGas: gas };
  } catch (error) {
    if (error instanceof InputError) return 'refused';
    throw error;
  }
}

describe.each(implementations)('ethereum/tests, TransactionTests, by $name', (implementation) => {
  it.each([...own, ...(present ? transactionCases() : [])])('$name', ({ txbytes, expected }) => {
    const { sender, hash, intrinsicGas: gas } = expected;
    const wanted =
      expected.exception === undefined
        ? { sender, hash, intrinsicGas: `0x${BigInt(gas ?? 0).toString(16)}` }
        : 'refused';
    expect(under(implementation, () => read(txbytes))).toEqual(wanted);
  });

  it('counts what it ran', () => {
    if (present) expect(transactionCases().length).toBeGreaterThan(170);
  });
});

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
function itemOf(value: unknown): RlpItem {
  if (typeof value === 'number') return rlpInteger(BigInt(value));
  if (typeof value === 'string')
    return value.startsWith('#') ? rlpInteger(BigInt(value.slice(1))) : text(value);
  return (value as unknown[]).map(itemOf);
}

const rlpCases = (file: string): { name: string; in: unknown; out: string }[] =>
  Object.entries(json(join(folder, 'RLPTests', file))).map(([name, value]) => ({
    name,
    ...(value as { in: unknown; out: string }),
  }));
const rlpOwn = [{ name: 'dog', in: 'dog', out: '0x83646f67' }];
const invalidOwn = [{ name: 'a long form of a short length', in: 'INVALID', out: '0xb80101' }];

describe('ethereum/tests, RLPTests', () => {
  it.each([...rlpOwn, ...(present ? rlpCases('rlptest.json') : [])])('encodes and decodes $name', (row) => {
    const bytes = fromHex(row.out)!;
    expect(to0x(encodeRlp(itemOf(row.in)))).toBe(row.out.toLowerCase());
    expect(to0x(encodeRlp(decodeRlp(bytes, 'rlp')))).toBe(row.out.toLowerCase());
  });

  it.each([...invalidOwn, ...(present ? rlpCases('invalidRLPTest.json') : [])])(
    'refuses $name',
    ({ out }) => {
      expect(() => decodeRlp(fromHex(out)!, 'rlp')).toThrow(InputError);
    },
  );

  it.each(present ? rlpCases('RandomRLPTests/example.json') : rlpOwn)(
    'decodes the random $name',
    ({ out }) => {
      expect(to0x(encodeRlp(decodeRlp(fromHex(out)!, 'rlp')))).toBe(out);
    },
  );
});
