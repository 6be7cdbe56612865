import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { batches, benchNames, sizes } from '../../../bench/cases.ts';
import { readOptions } from '../../../bench/options.ts';
import { outputProblems } from '../../../bench/rows.ts';
import { InputError } from '../../../src/crypto/errors.ts';

const entry = fileURLToPath(new URL('../../../bench/run.ts', import.meta.url));
const run = (...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', entry, ...args]);

describe('npm run bench', () => {
  test('prints one JSON object whose rows other programs can read, and nothing else', async () => {
    const args = ['--json', '--quick', '--only', 'online-sign', '--nt', '3,2', '--primitives', 'pure'];
    const { stdout, stderr } = await run(...args);
    const output: unknown = JSON.parse(stdout);
    expect(outputProblems(output)).toEqual([]);
    expect(output).toMatchObject({ results: [{ bench: 'online-sign', n: 3, t: 2 }], leftOut: [] });
    expect(stderr).toContain('online-sign (3, 2)');
  });

  test('refuses what it does not know, with its usage and exit code 2', async () => {
    await expect(run('--nt', '4,2')).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('npm run bench -- '),
    });
  });
});

describe('the command line', () => {
  test('asks for everything unless it says otherwise', () => {
    const { names, plan, isWhole, isJson } = readOptions([]);
    expect({ names, isWhole, isJson }).toEqual({ names: benchNames, isWhole: true, isJson: false });
    expect(plan).toMatchObject({ sizes, batches });
  });

  test('may be repeated, and is then no longer about everything', () => {
    const { names, plan, isWhole } = readOptions('--only audit --only keygen --nt 4,3 --nt 7,4'.split(' '));
    expect({ names, isWhole }).toEqual({ names: ['audit', 'keygen'], isWhole: false });
    expect(plan.sizes).toEqual([
      { n: 4, t: 3 },
      { n: 7, t: 4 },
    ]);
  });

  test('refuses every value that it does not know', () => {
    for (const args of ['--nt 4,2', '--nt 4', '--only x', '--batch 3', '--primitives x', '--x', 'x'])
      expect(() => readOptions(args.split(' ')), args).toThrow(InputError);
  });
});

describe('the shape of the rows', () => {
  const head = { commit: 'c', node: 'v20', cpu: 'x' };
  const nt = { n: 4, t: 3 };
  const rows = [
    { bench: 'keygen', ...nt, cpuMsPerParty: 1, bytesPerParty: 1, shareFileBytes: 1 },
    { bench: 'reshare', ...nt, change: 'refresh', cpuMsPerParty: 1, bytesPerParty: 1 },
    { bench: 'presign', ...nt, batch: 1, cpuMsPerPartyPerPresig: 1, bytesPerPeerPerPresig: 1 },
    { bench: 'online-sign', ...nt, cpuMsPerParty: 1 },
    { bench: 'audit', ...nt, cpuMsPerSignature: 1 },
    { bench: 'audit-log', ...nt, signatures: 1, cpuSeconds: 1, cpuSecondsDistinct: 1, peakMb: 1 },
    { bench: 'audit-page', ...nt, msPerSignature: 1, msFirstSignature: 1 },
    { bench: 'log', ...nt, cpuMsPerEntry: 1, diskMsPerEntry: 1, entryBytes: 1 },
    { bench: 'cluster-reshare', ...nt, change: 'reshare', inServiceMs: 1, completeMs: 1 },
    { bench: 'cluster-sign', ...nt, pool: 'warm', p50Ms: 1, p95Ms: 1 },
    { bench: 'pool', ...nt, readMsPerTx: 1, perSecond: 1, perSecondFull: 1, perSecondOnDisk: 1 },
    { bench: 'rpc', ...nt, method: 'eth_call', perSecond: 1, p50Ms: 1, p99Ms: 1 },
    {
      bench: 'execution',
      ...nt,
      block: 'tokens',
      transactions: 1,
      msPerBlock: 1,
      perSecond: 1,
      msPerBlockUnknown: 1,
    },
    {
      ...{ bench: 'rollup', ...nt, block: 'tokens', perSecond: 1, perSecondSafe: 1, softP50Ms: 1 },
      ...{ softP95Ms: 1, bytesPerTx: 1 },
    },
    {
      ...{ bench: 'rollup-da', ...nt, place: 'blobs', batches: 1, bytesPerTx: 1, l1GasPerTx: 1 },
      gweiPerTx: 1,
    },
  ];

  test('accepts a row of every bench', () => {
    expect(outputProblems({ ...head, results: rows })).toEqual([]);
  });

  test('misses every field that is not there, or is no number above zero', () => {
    for (const [i, row] of rows.entries())
      for (const field of Object.keys(row))
        for (const value of [undefined, null, 'x', 0, NaN])
          expect(outputProblems({ ...head, results: [{ ...row, [field]: value }] }), `${i} ${field}`).toEqual(
            [expect.stringContaining('results[0]: ')],
          );
  });

  test('misses the head', () => {
    expect(outputProblems(undefined)).toEqual(['it is no object']);
    expect(outputProblems({ ...head, cpu: '', results: [] })).toEqual(['cpu is no text']);
    expect(outputProblems({ ...head })).toEqual(['results is no list']);
    expect(outputProblems({ ...head, results: [1] })).toEqual(['results[0]: it is no object']);
  });
});
