import { describe, expect, test } from 'vitest';

import { auditFolder } from '../../../src/audit/audit.ts';
import { auditLogs } from '../../../src/audit/audit-logs.ts';
import { sourceOf } from '../../../src/audit/source.ts';
import { writeEvidence } from '../../../src/audit/evidence-file.ts';
import { type PartyIndex, partyIndex } from '../../../src/crypto/brand.ts';
import { digestOf } from '../../../src/chain/duty.ts';
import { testRequestOf } from '../../../src/chain/lock.ts';
import { noRecord } from '../../../src/chain/log/entry.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { encode } from '../../../src/crypto/codec.ts';
import { signatureCodec } from '../../../src/crypto/ecdsa.ts';
import { primitives } from '../../../src/crypto/primitives.ts';
import { envelopeKinds, protos, sealEnvelope, zero32 } from '../../../src/protocols/kernel/envelope.ts';
import { specHash } from '../../../src/protocols/kernel/spec.ts';
import { members, specFor } from '../../sim/cluster.ts';
import { type Files, thirtyTwo, tools, under } from './support/folders.ts';
import {
  type Told,
  entriesOf,
  failures,
  filesOf,
  logFile,
  makeWorld,
  treeOf,
  walkOf,
} from './support/logs.ts';

const world = makeWorld();
/** The same session, as one that ended without a signature. */
const lacking = (one: Told): Told =>
  one.event.kind !== 'sign'
    ? one
    : { ...one, event: { ...one.event, outcome: 'aborted', signature: new Uint8Array(0) } };
const reportsOn = async (files: Files) => {
  const { reports, ok } = await auditFolder(files, {}, tools);
  return {
    ok,
    subjects: reports.map(({ subject: { kind, path } }) => `${kind} ${path}`),
    wrong: reports.flatMap(({ subject, checks }) =>
      checks
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ id, detail }) => `${subject.kind} ${subject.path} ${id}: ${detail}`),
    ),
  };
};

describe('the audit of logs', () => {
  test('passes for the export of one member', async () => {
    expect(await reportsOn(filesOf(world, 2))).toMatchObject({ wrong: [], ok: true });
  });

  test('passes for all members side by side', async () => {
    const { wrong, subjects } = await reportsOn(treeOf(world));
    expect(wrong).toEqual([]);
    expect(subjects.slice(-4)).toEqual([
      'log node-1/log.jsonl',
      'log node-2/log.jsonl',
      'log node-3/log.jsonl',
      'logs .',
    ]);
  });

  test('fails for what belongs to a log that is not there', async () => {
    const tree = treeOf(world);
    const without = (...gone: readonly string[]): Files =>
      new Map([...tree].filter(([path]) => !gone.some((one) => path === `node-3/${one}`)));
    const missing = 'log node-3/log.jsonl G1: node-3/log.jsonl is missing';
    expect((await reportsOn(without('log.jsonl'))).wrong).toEqual([expect.stringContaining(missing)]);
    expect((await reportsOn(without('log.jsonl', 'heads.jsonl'))).wrong).toEqual([
      expect.stringContaining(missing),
    ]);
    const broken = new Map([...without('log.jsonl'), ['node-3/heads.jsonl', new Uint8Array(3)]]);
    expect((await reportsOn(broken)).wrong).toEqual([
      expect.stringContaining(missing),
      expect.stringContaining('log node-3/log.jsonl G2: node-3/heads.jsonl line 1'),
    ]);
    const both = new Map([...broken, ['node-3/log.jsonl', new Uint8Array(3)]]);
    expect((await reportsOn(both)).wrong).toEqual([
      expect.stringContaining('log node-3/log.jsonl G1: node-3/log.jsonl line 1'),
      expect.stringContaining('log node-3/log.jsonl G2: node-3/heads.jsonl line 1'),
    ]);
  });

  test('says of the folder of a node that it is no export', async () => {
    const files = new Map([...filesOf(world, 2)].filter(([path]) => path.includes('/')));
    const { reports, ok } = await auditFolder(files, {}, tools);
    const log = reports.find(({ subject }) => subject.kind === 'log');
    expect([ok, log?.subject.path]).toEqual([true, 'log.jsonl']);
    expect(new Set(log?.checks.map(({ verdict }) => verdict))).toEqual(new Set(['skip']));
  });

  test('fails for a member that has no signature, and shows no part of its own', async () => {
    const missing = async (sharers: readonly PartyIndex[]) => {
      const files = treeOf(world, {
        told: (all, index) => all.map((one, i) => (index === 1 && i === all.length - 1 ? lacking(one) : one)),
      });
      const { index, registry } = await walkOf(files);
      const [path, facts] =
        [...index.all()].find(([at]) => at.startsWith('node-1/data/sig') && at.includes(last)) ?? [];
      if (path === undefined || facts?.shown.kind !== 'sign') throw new RangeError('no record');
      Object.assign(facts.shown, { sharers });
      const paths = [...files.keys()].filter((at) => at.endsWith('/log.jsonl'));
      const { reports } = await auditLogs(sourceOf(files), paths, { index, registry, step: () => undefined });
      return failures(reports.filter(({ subject }) => subject.kind === 'logs'));
    };
    const own = world.exports.find(({ keeper }) => keeper.index === 1)?.told.at(-1)?.event;
    const last = own?.kind === 'sign' ? own.record.path : '';
    expect(await missing([partyIndex(1)])).toEqual([]);
    expect(await missing([partyIndex(2)])).toEqual([expect.stringContaining('shows no part of its own')]);
  });

  test('fails for a verdict on a member by what another has signed in its place', async () => {
    const culprit = partyIndex(2);
    const seed = thirtyTwo('somebody else');
    const people = [...members(1), { index: culprit, seed }];
    const spec = specFor(people, { proto: protos.keygen, threshold: 2 });
    const header = {
      ...{ suite: 1, proto: protos.keygen, kind: envelopeKinds.broadcast, round: 0, sid: specHash(spec) },
      ...{ from: culprit, to: 0, prev: zero32, view: zero32, ph: zero32, epochId: zero32 },
    };
    const envelopes = [1, 2].map((byte) => sealEnvelope(header, Uint8Array.of(byte), seed).bytes);
    const evidence = { kind: 'equivocation', accused: culprit, check: 'V4', envelopes } as const;
    const bytes = writeEvidence({ reason: 'equivocation', spec, evidence, record: undefined });
    const session = specHash(spec);
    const path = `data/evidence/${toHex(session).slice(0, 16)}-equivocation-2.json`;
    const hash = primitives().sha256(bytes);
    const verdict = { session, culprit, code: 'equivocation', evidence: { path, hash } };
    const said: Told = { event: { kind: 'verdict', ...verdict }, atMs: 9_000_000 };
    const told = (all: readonly Told[]): readonly Told[] => [...all, said];
    const files = new Map([...filesOf(world, 1, { told }), [path, bytes]]);
    expect((await reportsOn(files)).wrong).toEqual([
      expect.stringMatching(
        /^log log\.jsonl G13: .* convicts ed25519:.*, which does not have the seat 2 here$/,
      ),
    ]);
  });

  test('fails for a signature beside all logs that stands in none', async () => {
    const isSecond = ({ event }: Told): boolean => event.kind === 'sign' && event.guardCount === 2;
    const hides = treeOf(world, { told: (told) => told.filter((one) => !isSecond(one)) });
    const [, second = ''] = new Set(
      [...hides.keys()].flatMap((path) => /^node-1\/data\/signatures\/([^/]+)/.exec(path)?.[1] ?? []),
    );
    const aside = (files: Files): Files =>
      new Map(
        [...files].flatMap(([path, bytes]) => {
          if (!path.includes(second)) return [[path, bytes] as const];
          return path.startsWith('node-1') ? [[`aside/${path.split('/').at(-1)}`, bytes] as const] : [];
        }),
      );
    const alone = await reportsOn(aside(hides));
    expect(alone.wrong).toEqual([expect.stringMatching(/G7: aside\/sign.jsonl: no entry of any log here/)]);
    const told = await reportsOn(new Map([...aside(hides), ...treeOf(world)]));
    expect(told.wrong).toEqual([]);
  });

  test('fails for a signature without a file whose group is another than the one that made it', async () => {
    const group = [partyIndex(1), partyIndex(3)];
    const unlike = (change: object, quorum: readonly PartyIndex[]): Promise<readonly string[]> => {
      const told = (all: readonly Told[], index: number): readonly Told[] =>
        all.map((one, i) =>
          index === 1 && i === 3 && one.event.kind === 'sign'
            ? { ...one, event: { ...one.event, ...change, quorum, record: noRecord } }
            : one,
        );
      return reportsOn(treeOf(world, { told })).then(({ wrong }) =>
        wrong.filter((line) => / G5: /.test(line)),
      );
    };
    expect(await unlike({}, [partyIndex(1), partyIndex(2)])).toEqual([]);
    expect(await unlike({}, group)).toHaveLength(1);
    expect(await unlike({ presignSid: thirtyTwo('other') }, [partyIndex(1), partyIndex(2)])).toHaveLength(1);
    const { record, certificate, proofs } = world.ceremony.lock;
    const digest = digestOf(testRequestOf(record, certificate.hash, 1));
    const signature = encode(signatureCodec, proofs[1]?.signature ?? expect.fail('no proof'));
    expect(await unlike({ digest, signature }, group)).toEqual([]); // who signs the second test message
    expect(await unlike({ digest, signature }, [partyIndex(1), partyIndex(2)])).toHaveLength(1);
  });

  test('counts no log of another cluster', async () => {
    const log = new Map([...treeOf(world)].filter(([path]) => !path.startsWith('node-3/')));
    const told = world.exports.find(({ keeper: { index } }) => index === 3);
    if (told === undefined) throw new RangeError('no member 3');
    const keeper = { ...told.keeper, owner: { ...told.keeper.owner, cluster: thirtyTwo('other') } };
    const entries = entriesOf(keeper.owner, world.ceremony.lock.record.keyId, told.told);
    const foreign = new Map([
      ...log,
      ...under('node-3', told.records),
      ['node-3/log.jsonl', logFile(keeper.owner, entries)] as const,
    ]);
    const missingIn = async (files: Files) =>
      (await auditFolder(files, {}, tools)).accounts.map(({ missing }) => missing);
    const one = new Map([...foreign].filter(([path]) => !path.startsWith('node-1/')));
    expect(await missingIn(one)).toEqual([1]);
  });

  test('says how many more logs it takes to see every signature', async () => {
    const missingIn = async (files: Files) =>
      (await auditFolder(files, {}, tools)).accounts.map(({ missing }) => missing);
    expect(await missingIn(filesOf(world, 2))).toEqual([1]);
    expect(await missingIn(treeOf(world))).toEqual([0]);
  });
});
