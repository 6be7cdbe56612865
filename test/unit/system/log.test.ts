import { describe, expect, it } from 'vitest';

import { createLog, type LogOptions } from '../../../src/system/log.ts';

function logged(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog(
    { level: 'info', format: 'json', ...options },
    { write: (line) => void lines.push(line) },
  );
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

describe('the log', () => {
  it('prints the event, the level, the time and listed fields', () => {
    const { log, last } = logged();
    log.info('batch signed', { batch: 812, durationMs: 40, culprits: ['node-2'] });
    expect(last()).toMatchObject({ level: 'info', event: 'batch signed', batch: 812, culprits: ['node-2'] });
    expect(last()['time']).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('withholds the value of a field that is not listed, and says so', () => {
    const { log, lines, last } = logged();
    log.error('failed', { shareOfNode: 'c0ffee', index: 3 });
    expect(lines.join('')).not.toContain('c0ffee');
    expect(last()).toMatchObject({ withheld: ['shareOfNode'], index: 3 });
    log.child({ shareOfNode: 'c0ffee' }).warn('again');
    expect(lines.join('')).not.toContain('c0ffee');
  });

  it('prints a further field when its name was given', () => {
    const { log, last } = logged({ alsoPlain: ['colour'] });
    log.info('seen', { colour: 'red' });
    expect(last()).toMatchObject({ colour: 'red' });
  });

  it('keeps quiet below its level', () => {
    const { log, lines } = logged({ level: 'warn' });
    log.info('outcome');
    log.debug('step');
    expect(lines).toEqual([]);
    log.warn('late');
    expect(lines).toHaveLength(1);
  });

  it('carries the fields of a child on every line', () => {
    const { log, last } = logged();
    log.child({ session: 'ab12' }).child({ round: 2 }).info('done');
    expect(last()).toMatchObject({ session: 'ab12', round: 2, event: 'done' });
  });

  it('lets no text forge a line or steer a terminal, in either format', () => {
    for (const format of ['json', 'console'] as const) {
      const { log, lines } = logged({ format });
      log.info('x\n{"level":"error"}', { reason: 'a\u001b[2Jb\u2028c\u0007' });
      expect(lines).toHaveLength(1);
      expect(lines.join('').trimEnd()).not.toMatch(/[\u0000-\u001f\u2028]/);
    }
  });

  it('cuts long texts and long lists', () => {
    const { log, last } = logged();
    log.info('long', { reason: 'r'.repeat(10_000), peers: Array.from({ length: 500 }, () => 'p') });
    expect(String(last()['reason']).length).toBeLessThan(600);
    expect(last()['peers']).toHaveLength(64);
  });

  it('prints for people one line of name=value', () => {
    const { log, lines } = logged({ format: 'console' });
    log.info('peer connected', { peer: 'amber heron', index: 2, peers: ['a', 'b'] });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} info  peer connected  peer="amber heron"  index=2  peers=a,b\n$/,
    );
  });

  it('does not let a field take the place of the line’s own', () => {
    const { log, last } = logged({ alsoPlain: ['level', 'event'] });
    log.info('truth', { event: 'lie', level: 'error' });
    expect(last()).toMatchObject({ event: 'truth', level: 'info', withheld: ['event', 'level'] });
  });
});
