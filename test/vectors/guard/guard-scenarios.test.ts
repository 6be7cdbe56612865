import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { ascii, concat, fromHex } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { taggedHash } from '../../../src/crypto/hash.ts';
import type { GuardFees, GuardRecord, Lane, Slot } from '../../../src/node/guard-record.ts';
import { type GuardLimits, defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { SignGuard } from '../../../src/node/sign-guard.ts';
import { type MemoryDisk, memoryDisk, memoryLog, named } from '../../unit/node/helpers.ts';

interface JsonSlot {
  readonly lane: Lane;
  readonly scope: string;
  readonly number: string;
}
interface JsonRecord {
  readonly slots: readonly JsonSlot[];
  readonly content: string;
  readonly digest?: string;
  readonly fees?: readonly string[];
  readonly caps?: readonly string[];
}
interface JsonMark {
  readonly lane: Lane;
  readonly scope: string;
  readonly low?: string;
  readonly high?: string | null;
}
type Step =
  | { readonly op: 'check'; readonly input: JsonRecord; readonly expect: string }
  | { readonly op: 'raise'; readonly input: JsonMark; readonly expect: string }
  | {
      readonly op: 'merge';
      readonly input: { readonly records: readonly JsonRecord[]; readonly marks: readonly JsonMark[] };
      readonly expect: string;
    }
  | {
      readonly op:
        | 'count'
        | 'reopen'
        | 'quarantine'
        | 'release'
        | 'delete'
        | 'cut'
        | 'flip'
        | 'append-bytes'
        | 'fault'
        | 'drop-record'
        | 'swap-records'
        | 'repeat-record';
      readonly input: Readonly<Record<string, string>>;
      readonly expect: string;
    };
interface Scenario {
  readonly name: string;
  readonly limits?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const PATH = 'keys/0x00/guard/000001.log';
const slotOf = ({ lane, scope, number }: JsonSlot): Slot => ({
  lane,
  scope: ascii(scope),
  number: BigInt(number),
});
const feesOf = (fees: readonly string[] | undefined): GuardFees | undefined =>
  fees && {
    maxFeePerGas: BigInt(fees[0]!),
    maxPriorityFeePerGas: BigInt(fees[1]!),
    ...(fees[2] === undefined ? {} : { maxFeePerBlobGas: BigInt(fees[2]) }),
  };
const recordOf = (json: JsonRecord): GuardRecord => ({
  slots: json.slots.map(slotOf),
  kind: 'submit-batch',
  contentHash: named(json.content),
  digest: named(json.digest ?? JSON.stringify([json.content, json.slots, json.fees ?? null])),
  fees: feesOf(json.fees),
  feeStep: 0,
  requestHash: named('request'),
  presigId: named('presig'),
  tau0: named('tau'),
  posRef: new Uint8Array(),
  boot: 1n,
  epoch: 0,
});

/** The records of a log file, to be dropped, swapped or repeated by a step. */
function editRecords(bytes: Uint8Array, edit: (records: Uint8Array[]) => Uint8Array[]): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 8; at < bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0) + 12;
    records.push(bytes.slice(at, at + length));
    at += length;
  }
  return concat(bytes.slice(0, 8), ...edit(records));
}

class Runner {
  readonly disk: MemoryDisk = memoryDisk();
  readonly ports = { disk: this.disk, log: memoryLog() };
  readonly limits: GuardLimits;
  guard: SignGuard;

  constructor(scenario: Scenario) {
    const maxGap = Object.fromEntries(Object.entries(scenario.limits ?? {}).map(([k, v]) => [k, BigInt(v)]));
    this.limits = { ...defaultGuardLimits, maxGap: { ...defaultGuardLimits.maxGap, ...maxGap } };
    this.guard = SignGuard.create(this.options(), 'keygen', this.ports);
  }

  options(key = 'key'): { path: string; keyId: Uint8Array; limits: GuardLimits } {
    return { path: PATH, keyId: taggedHash('test', ascii(key)), limits: this.limits };
  }

  edit(change: (bytes: Uint8Array) => Uint8Array): string {
    this.disk.files.set(PATH, change(this.disk.files.get(PATH)!));
    return 'ok';
  }

  run(step: Step): string {
    try {
      return this.apply(step);
    } catch (error) {
      if (error instanceof InputError) return error.code;
      throw error;
    }
  }

  apply(step: Step): string {
    switch (step.op) {
      case 'check': {
        const verdict = this.guard.check({ ...recordOf(step.input), feeCaps: feesOf(step.input.caps) });
        return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
      }
      case 'raise': {
        const { lane, scope, low, high } = step.input;
        this.guard.raise({
          lane,
          scope: ascii(scope),
          ...(low === undefined ? {} : { low: BigInt(low) }),
          ...(high === undefined ? {} : { high: high === null ? null : BigInt(high) }),
        });
        return 'ok';
      }
      case 'merge':
        this.guard.merge(
          step.input.records.map(recordOf),
          step.input.marks.map(({ lane, scope, low }) => ({
            lane,
            scope: ascii(scope),
            low: low === undefined ? undefined : BigInt(low),
            high: undefined,
          })),
        );
        return 'ok';
      case 'count':
        return String(this.guard.seq);
      case 'reopen':
        this.guard = SignGuard.open(this.options(step.input['key']), this.ports);
        return 'ok';
      case 'quarantine':
        this.guard.quarantine('scenario');
        return 'ok';
      case 'release':
        this.guard.release('scenario');
        return 'ok';
      default:
        return this.damage(step.op, step.input);
    }
  }

  damage(op: string, input: Readonly<Record<string, string>>): string {
    const number = (field: string): number => Number(input[field]);
    switch (op) {
      case 'delete':
        this.disk.files.delete(PATH);
        return 'ok';
      case 'cut':
        return this.edit((bytes) => bytes.slice(0, number('to')));
      case 'flip':
        return this.edit((bytes) => bytes.map((byte, i) => (i === number('at') ? byte ^ 1 : byte)));
      case 'append-bytes':
        return this.edit((bytes) => concat(bytes, fromHex(input['hex']!)!));
      case 'fault':
        this.disk.fault = input['code'] === 'none' ? undefined : { code: input['code']!, level: 'reset' };
        return 'ok';
      case 'drop-record':
        return this.edit((bytes) => editRecords(bytes, (all) => all.filter((_, i) => i !== number('index'))));
      case 'repeat-record':
        return this.edit((bytes) => editRecords(bytes, (all) => [...all, all[number('index')]!]));
      case 'swap-records': {
        const [a, b] = [number('a'), number('b')];
        return this.edit((bytes) =>
          editRecords(bytes, (all) =>
            all.map((record, i) => (i === a ? all[b]! : i === b ? all[a]! : record)),
          ),
        );
      }
      default:
        throw new Error(`unknown step ${op}`);
    }
  }
}

const files = ['conflicts', 'fees', 'watermarks', 'gaps', 'imports', 'damage'];
let total = 0;
for (const file of files) {
  const { scenarios } = JSON.parse(readFileSync(new URL(`${file}.json`, import.meta.url), 'utf8')) as {
    readonly scenarios: readonly Scenario[];
  };
  total += scenarios.length;
  describe(`guard scenarios: ${file}`, () => {
    test.each(scenarios)('$name', (scenario) => {
      const runner = new Runner(scenario);
      const got = scenario.steps.map((step) => runner.run(step));
      expect(got).toEqual(scenario.steps.map((step) => step.expect));
    });
  });
}

test('there are at least forty scenarios', () => {
  expect(total).toBeGreaterThanOrEqual(40);
});
