import { describe, expect, it } from 'vitest';

import { changeOf } from '../../../../src/apps/change-proposal.ts';
import {
  type ChangePlan,
  previewEvent,
  previewLines,
  showPreview,
  warningsOf,
} from '../../../../src/apps/cli/change-text.ts';
import { createOutput } from '../../../../src/apps/output.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { identityText } from '../../../../src/protocols/ceremony/names.ts';
import { previewOf } from '../../../../src/protocols/ceremony/preview.ts';
import { makeCeremony } from '../../audit/support/folders.ts';

const { lock } = makeCeremony(4, 3);
const [first] = lock.definition.definition.committee;
const guest = { identityPk: identityPublicKey(new Uint8Array(32).fill(105)), host: '127.0.0.1', port: 8_005 };
const plan: ChangePlan = {
  previous: lock,
  definition: changeOf({
    ...{ kind: 'reshare', name: 'a change', previous: lock, self: first?.identityPk ?? new Uint8Array() },
    ...{
      add: [guest],
      remove: [],
      replace: [{ former: '4', by: { ...guest, port: 8_006, identityPk: six() } }],
    },
    ...{ lost: ['4'], policyHash: new Uint8Array(32), nowMs: 1_000_000 },
    ...{ acceptWithinMs: 1_000, executeWithinMs: 500, roundTimeoutMs: 5_000 },
  }),
};
function six(): Uint8Array {
  return identityPublicKey(new Uint8Array(32).fill(106));
}
function spoken(isJson: boolean, isQuiet = false) {
  const said: { out: string; err: string } = { out: '', err: '' };
  const sink = (where: 'out' | 'err') => ({
    write: (text: string) => void (said[where] += text),
    ...{ isTty: false, columns: 100 },
  });
  return { said, output: createOutput({ isJson, isQuiet, noColor: true }, sink('out'), sink('err')) };
}
const committee = (n: number, required: number) => ({
  members: Array.from({ length: n }, (_, i) => ({ index: i + 1, name: `node-${i + 1}` })),
  required,
});

describe('the preview of an epoch change', () => {
  it('puts both committees side by side, and says who comes, goes, and has lost its share', () => {
    const lines = previewLines(plan, spoken(false).output);
    const joiners = plan.definition.committee
      .slice(-2)
      .flatMap(({ index, name, identityPk, address }) => [
        `  + ${index}  ${name} joins`,
        `       ${identityText(identityPk)} at ${address}`,
      ]);
    expect(lines).toEqual([
      `reshare of ${plan.definition.key.address}: the address stays, its shares are replaced`,
      '                              BEFORE  AFTER',
      'epoch                         0       1',
      'members                       4       5',
      'signers required              3       3',
      'crashes survived              1       2',
      'equivocating nodes tolerated  1       0',
      'leaked shares harmless        2       2',
      ...joiners,
      '  - 4  node-4 leaves: its share signs nothing afterwards',
      '  ! 4  node-4 holds no share, so it deals none',
      'warning: fewer nodes may ignore their guard: 1 before, 0 after',
      expect.stringContaining('two quorums may share a single node'),
    ]);
  });

  it('shows who stays under another name, or elsewhere: two members may not be taken for each other', () => {
    const [one, two, ...others] = plan.definition.committee;
    if (one === undefined || two === undefined) throw new RangeError('a fixture');
    const renamed = { ...one, name: 'node-2' };
    const moved = { ...two, name: 'node-1', address: '10.0.0.9:1' };
    const definition = { ...plan.definition, committee: [renamed, moved, ...others] };
    const lines = previewLines({ ...plan, definition }, spoken(false).output);
    expect(lines.filter((line) => line.startsWith('  ~'))).toEqual([
      `  ~ 1  node-1 at ${one.address} becomes node-2 at ${one.address}`,
      `  ~ 2  node-2 at ${two.address} becomes node-1 at 10.0.0.9:1`,
    ]);
  });

  it('is one JSON line for programs', () => {
    const { said, output } = spoken(true);
    showPreview(output, plan);
    expect(said.err).toBe('');
    expect(said.out.endsWith('}\n')).toBe(true);
    expect(JSON.parse(said.out)).toEqual(JSON.parse(JSON.stringify(previewEvent(plan))));
    expect(previewEvent(plan)).toMatchObject({
      ...{ type: 'preview', ceremony: 'reshare', epoch: { before: '0', after: '1' } },
      joiners: [{ identity: identityText(guest.identityPk), address: '127.0.0.1:8005' }, {}],
      before: { required: 3, crashesSurvived: 1, equivocatingNodesTolerated: 1, leakedSharesHarmless: 2 },
      after: { required: 3, crashesSurvived: 2, equivocatingNodesTolerated: 0, leakedSharesHarmless: 2 },
      ...{ joining: [5, 6], leaving: [4], lost: [4], worse: ['equivocatingNodesTolerated'] },
    });
  });

  it('goes to people beside the results, unless they want to hear nothing', () => {
    const [loud, quiet] = [spoken(false), spoken(false, true)];
    showPreview(loud.output, plan);
    showPreview(quiet.output, plan);
    expect(loud.said).toEqual({ out: '', err: `${previewLines(plan, loud.output).join('\n')}\n` });
    expect(quiet.said).toEqual({ out: '', err: '' });
  });

  it('warns of each thing that gets worse, and of nothing else', () => {
    expect(warningsOf(previewOf(committee(4, 3), committee(5, 4)))).toEqual([]);
    expect(warningsOf(previewOf(committee(7, 5), committee(4, 3)))).toEqual([
      'fewer crashes are survived: 2 before, 1 after',
      'fewer nodes may ignore their guard: 2 before, 1 after',
      'fewer leaked shares are harmless: 4 before, 2 after',
    ]);
    expect(warningsOf(previewOf(committee(3, 2), committee(3, 2)))).toHaveLength(1);
  });
});
