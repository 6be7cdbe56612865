import { describe, expect, it } from 'vitest';

import { LiveLines, cut, drawn, eventLine, grow, newTree } from '../../../../src/apps/cli/live-tree.ts';
import { createOutput } from '../../../../src/apps/output.ts';
import type { CeremonyEvent, CeremonyView } from '../../../../src/node/api.ts';
import { sampleEvent, sampleView } from '../fake-node.ts';

const both = ['amber-heron', 'brisk-otter'];
const story: readonly CeremonyEvent[] = [
  sampleEvent(0, 'proposed', { name: 'demo' }),
  sampleEvent(1, 'preflight', { item: 'identity in definition', status: 'pass', detail: 'a seat' }),
  sampleEvent(2, 'preflight', { item: 'free space', status: 'warn', detail: '9 MiB' }),
  ...both.map((peer, i) => sampleEvent(3 + i, 'accepted', { peer })),
  sampleEvent(5, 'gathering', { have: ['amber-heron'], awaiting: ['brisk-otter has not signed'] }),
  sampleEvent(6, 'peer', { peer: 'brisk-otter', event: 'connected' }),
  sampleEvent(7, 'gathering', { have: both, awaiting: [] }),
  ...[1, 2, 3].map((round) =>
    sampleEvent(7 + round, 'round', { round, of: 5, label: 'x', awaiting: ['brisk-otter'] }),
  ),
];
const plain = { paint: (_: string, text: string): string => text };
const after = (events: readonly CeremonyEvent[]): readonly string[] =>
  drawn(events.reduce(grow, newTree(sampleView)), plain, 20_000);

describe('the tree of a ceremony', () => {
  it('shows what is done, what goes on and who is awaited', () => {
    const lines = after(story);
    expect(lines[0]).toBe('Ceremony abababab  demo  2 nodes, 3 signers required');
    expect(lines.map((line) => line.trimStart().charAt(0)).join('')).toBe('C✔✔✔✔✔◼◻◻◻◻');
    expect(lines[1]).toContain('☑ amber-heron  ☑ brisk-otter');
    expect(lines[2]).toContain('1 passed, 1 warned: free space, 9 MiB');
    expect(lines[6]).toMatch(/Round 3\/5 .* 19\.0 s {2}awaits brisk-otter/);
  });

  it('marks who has signed and who has not while it gathers', () => {
    expect(after(story.slice(0, 6))[3]).toContain('◼ Gathering');
    expect(after(story.slice(0, 6))[3]).toContain('☑ amber-heron  ☐ brisk-otter');
  });

  it('ends with all done', () => {
    const lines = after([
      ...story,
      sampleEvent(11, 'prepared'),
      sampleEvent(12, 'certificate', { address: '0x1' }),
      sampleEvent(13, 'test-signature', { signers: both }),
      sampleEvent(14, 'countersigned', { awaiting: ['brisk-otter'] }),
      sampleEvent(15, 'complete', { address: '0x1' }),
      sampleEvent(16, 'a type of another release'),
    ]);
    expect(lines.slice(1).every((line) => line.trimStart().startsWith('✔'))).toBe(true);
  });

  it('of an epoch change has four rounds, and commits behind them', () => {
    const view: CeremonyView = { ...sampleView, change: { kind: 'reshare', before: '0', after: '1' } };
    const events = [
      sampleEvent(1, 'round', { round: 4, of: 4, label: 'x', awaiting: [] }),
      sampleEvent(2, 'prepared', { epoch: 1 }),
    ];
    const shown = (more: readonly CeremonyEvent[]): readonly string[] =>
      drawn([...events, ...more].reduce(grow, newTree(view)), plain, 20_000);
    expect(
      shown([])
        .map((line) => line.trimStart().charAt(0))
        .join(''),
    ).toBe('C✔✔✔✔✔✔✔◼◻◻');
    expect(shown([])[7]).toContain('Round 4/4 acknowledgements');
    expect(shown([])[8]).toMatch(/Commits, certificate .*durable, and signs nothing/);
    const waiting = sampleEvent(3, 'acknowledged', { awaiting: ['brisk-otter'] });
    expect(shown([waiting])[8]).toContain('☑ amber-heron  ☐ brisk-otter');
    expect(shown([sampleEvent(3, 'committed')])[8]).toContain('completed, or none');
    const certified = shown([sampleEvent(3, 'committed'), sampleEvent(4, 'certificate', { address: '0x1' })]);
    expect(certified.slice(8, 10).map((line) => line.trimStart().charAt(0))).toEqual(['✔', '◼']);
  });

  it('ends at the step that failed', () => {
    const lines = after([...story, sampleEvent(11, 'aborted', { reason: 'peer-timeout', text: '✖ …' })]);
    expect(lines[6]).toMatch(/✖ Round 3\/5 .*peer-timeout/);
    expect(lines[7]).toContain('◻');
  });

  it('is drawn over itself, without wrapping, also in colours', () => {
    const written: string[] = [];
    const err = { write: (text: string) => void written.push(text), isTty: true, columns: 10 };
    const lines = new LiveLines(createOutput({ isJson: false, isQuiet: false, noColor: false }, err, err));
    lines.show(['one', 'a long line that would wrap']);
    lines.show(['two']);
    expect(written[0]).toBe('\u001b[2Kone\n\u001b[2Ka long li\n');
    expect(written[1]).toBe('\u001b[2A\u001b[2Ktwo\n');
    expect(cut('\u001b[32mgreen and long\u001b[0m', 6)).toBe('\u001b[32mgreen\u001b[0m');
  });
});

describe('an event as a plain line', () => {
  it('names who is awaited, without control characters', () => {
    expect(story.map(eventLine)).toEqual([
      'proposed: demo',
      'pre-flight pass: identity in definition (a seat)',
      'pre-flight warn: free space (9 MiB)',
      'signed by amber-heron',
      'signed by brisk-otter',
      'gathering, awaiting brisk-otter has not signed',
      'brisk-otter connected',
      'gathering: all are here',
      'round 1/5 x, awaiting brisk-otter',
      'round 2/5 x, awaiting brisk-otter',
      'round 3/5 x, awaiting brisk-otter',
    ]);
    expect(eventLine(sampleEvent(1, 'blame', { accused: both, reason: 'bad-opening' }))).toBe(
      'blamed amber-heron, brisk-otter for bad-opening',
    );
    expect(eventLine(sampleEvent(1, 'result'))).toBeUndefined();
  });

  it('says how far an epoch change has come', () => {
    const lines = [
      sampleEvent(1, 'acknowledged', { awaiting: ['brisk-otter'] }),
      sampleEvent(2, 'committed'),
      sampleEvent(3, 'erased', { epoch: 4 }),
    ].map(eventLine);
    expect(lines).toEqual([
      'acknowledged, awaiting brisk-otter',
      'committed to this attempt: the old epoch signs nothing more here',
      'share of epoch 4 erased',
    ]);
  });
});
