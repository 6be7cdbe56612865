import { describe, expect, it } from 'vitest';

import { failureOf } from '../../../src/apps/failure.ts';
import {
  type OutputOptions,
  type Sink,
  createOutput,
  document,
  fail,
  note,
  processOutput,
  progress,
  result,
  table,
  trace,
} from '../../../src/apps/output.ts';
import { InputError } from '../../../src/crypto/errors.ts';

const sink = (isTty: boolean): Sink & { readonly text: string[] } => {
  const text: string[] = [];
  return { text, isTty, columns: 80, write: (line) => void text.push(line) };
};
const plain: OutputOptions = { isJson: false, isQuiet: false, noColor: false };
const speak = (options: Partial<OutputOptions>, isTty = false) => {
  const [out, err] = [sink(isTty), sink(isTty)];
  const output = createOutput({ ...plain, ...options }, out, err);
  document(output, { a: 1 }, ['a is 1']);
  progress(output, { step: 'one' }, 'step one');
  note(output, 'by the way');
  result(output, { b: 2 }, [output.paint('good', 'b is 2')]);
  fail(output, failureOf(new InputError('usage', '--x', 'no flag --x')));
  return { out: out.text.join(''), err: err.text.join('') };
};

describe('what a command says', () => {
  it('has results on stdout and all else on stderr', () => {
    const { out, err } = speak({});
    expect(out).toBe('a is 1\nb is 2\n');
    expect(err).toBe('step one\nby the way\n✖ no flag --x. Next: Run the command with --help. [usage]\n');
  });

  it('is JSON alone when asked, one document a line, the result marked', () => {
    const { out, err } = speak({ isJson: true });
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([
      { a: 1 },
      { step: 'one' },
      { type: 'result', ok: true, b: 2 },
      { type: 'error', code: 'usage', exit: 2 },
    ]);
    expect(err).toBe('');
  });

  it('is results and failures only when quiet', () => {
    const { out, err } = speak({ isQuiet: true });
    expect(out).toBe('a is 1\nb is 2\n');
    expect(err).toMatch(/^✖ [^\n]*\n$/);
  });

  it('has colours on a terminal only, and not against the will of its user', () => {
    expect(speak({}, true).out).toContain('\u001b[32mb is 2\u001b[0m');
    expect(speak({ noColor: true }, true).out).toBe('a is 1\nb is 2\n');
    expect(processOutput({ ...plain, isJson: true }).paint('bad', 'x')).toBe('x');
  });

  it('has tables with aligned columns and no blanks at the end', () => {
    expect(
      table([
        ['ID', 'NAME'],
        ['1', 'amber-heron'],
        ['12', ''],
      ]),
    ).toEqual(['ID  NAME', '1   amber-heron', '12']);
  });

  it('has nothing in it that a terminal obeys, whatever a file is called', () => {
    const name = 'a\u001b[2J\u001b]0;x\u0007\u009b1m\u202e\u3164\r';
    for (const isJson of [false, true]) {
      const [out, err] = [sink(true), sink(true)];
      const output = createOutput({ ...plain, isJson }, out, err);
      document(output, { name }, [name]);
      progress(output, { name }, name);
      note(output, `${name}\n✔ verified`);
      fail(output, failureOf(new InputError(`usage${name}`, name, `${name}\n✔ verified`)));
      trace(output, new RangeError(name));
      const written = [...out.text, ...err.text].join('');
      expect(written).not.toMatch(/[^\n -~✖✔]/u);
      expect(written).not.toContain('\n✔');
      expect(written).toContain(isJson ? '\\u202e' : '\\u{202e}');
    }
  });

  it('keeps its own colours, and texts of several lines', () => {
    const [out, err] = [sink(true), sink(true)];
    const output = createOutput(plain, out, err);
    note(output, output.paint('warn', 'warning'));
    progress(output, {}, 'one', 'two');
    document(output, {}, ['three\nfour']);
    expect(err.text.join('')).toBe('\u001b[33mwarning\u001b[0m\none\ntwo\n');
    expect(out.text.join('')).toBe('three\nfour\n');
  });
});
