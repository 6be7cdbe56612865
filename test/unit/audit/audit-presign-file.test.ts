import { describe, expect, test } from 'vitest';

import { auditPresignFile, presignChecks } from '../../../src/audit/audit-presign-file.ts';
import { SharedWork } from '../../../src/audit/audit-presign.ts';
import { Registry } from '../../../src/audit/registry.ts';
import type { Report } from '../../../src/audit/report.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { at } from '../../../src/protocols/kernel/protocol.ts';
import { runPresign } from '../../sim/signing.ts';
import { thirtyTwo, transcriptOf } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { cuts, fileOf, flips, forge, lineMutations } from './support/tamper.ts';

const { ceremony, run, signature } = makeBase();
const registry = new Registry([{ path: 'lock', lock: ceremony.lock }]);
const good = transcriptOf(at(run.sessions, partyIndex(1)));
const name = '0011223344556677.jsonl';
const audit = (bytes: Uint8Array, of = registry) =>
  auditPresignFile({ path: 'presign', files: new Map([[name, bytes]]) }, name, {
    shared: new SharedWork(of),
    registry: of,
  });
const failed = ({ checks }: Report): readonly string[] =>
  checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);

describe('the audit of a preparation by itself', () => {
  test('passes for what real sessions have made', () => {
    const { report, file, nonces } = audit(good);
    expect(report.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
      Object.keys(presignChecks).map((id) => `${id} ${id === 'A9' ? 'skip' : 'pass'}`),
    );
    expect(report.subject).toEqual({ kind: 'presign', path: `presign/${name}` });
    expect(file?.spec.batch).toBe(1);
    expect(nonces).toHaveLength(3);
  });

  test('passes for a session that failed, and says that nothing came of it', () => {
    const broken = runPresign(ceremony.key, [partyIndex(1), partyIndex(2)], 1, {
      label: 'silent',
      tamper: (from, to, bytes) => (from === 2 && to === 1 ? [] : [bytes]),
    });
    const { report } = audit(transcriptOf(at(broken.sessions, partyIndex(1))));
    expect(failed(report)).toEqual([]);
    expect(report.checks.find(({ id }) => id === 'A4')?.verdict).toBe('skip');
  });

  test('fails for a turned bit anywhere, for lines out of place, and for a file that ends early', () => {
    for (const { what, bytes } of [...flips(good, 60), ...cuts(good, 20), ...lineMutations(good)])
      expect(failed(audit(bytes).report), what).toContain('A3');
  });

  test('fails for another root, a missing confirmation, another protocol, and without its lock', () => {
    const root = forge(good, ({ meta }) => ({ meta: { ...meta, root: thirtyTwo('root') } }));
    expect(failed(audit(root).report)).toEqual(['A3']);
    const unconfirmed = forge(good, ({ transcript }) => ({
      transcript: {
        ...transcript,
        broadcasts: transcript.broadcasts.map((round, i) => (i === 4 ? round.slice(0, 1) : round)),
      },
    }));
    expect(failed(audit(unconfirmed).report)).toContain('A5');
    expect(failed(audit(fileOf(signature, 'sign.jsonl')).report)).toEqual(['A3']);
    expect(failed(audit(good, new Registry([])).report)).toEqual(['A2']);
  });
});
