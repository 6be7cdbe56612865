import type { WriteStream } from 'node:tty';

import { inAscii, plain } from '../audit/plain.ts';
import { type Failure, failureLine } from './failure.ts';

/** A place to write to, and whether a person sits before it. */
export interface Sink {
  readonly write: (text: string) => void;
  readonly isTty: boolean;
  /** Characters in a line. */
  readonly columns: number;
}

/** How a command speaks: results on stdout, all else on stderr; with `isJson` only JSON, on stdout. */
export interface Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly out: Sink;
  readonly err: Sink;
  /** Words in colour, where colours are wanted. */
  readonly paint: (color: Color, text: string) => string;
}

/** What colours mean: never the only carrier of meaning. [product, 4.6] */
export type Color = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

const codes: Readonly<Record<Color, string>> = { good: '32', bad: '31', warn: '33', dim: '2', strong: '1' };

/** What decides how a command speaks. */
export interface OutputOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** `--no-color` or `NO_COLOR`. */
  readonly noColor: boolean;
}

/** The output of this process. */
export function processOutput(options: OutputOptions): Output {
  return createOutput(options, sinkOf(process.stdout), sinkOf(process.stderr));
}

/** An output on two sinks. Colours go to terminals only. */
export function createOutput(options: OutputOptions, out: Sink, err: Sink): Output {
  const isColored = !options.noColor && out.isTty && !options.isJson;
  return {
    isJson: options.isJson,
    isQuiet: options.isQuiet,
    out,
    err,
    paint: (color, text) => (isColored ? `\u001b[${codes[color]}m${text}\u001b[0m` : text),
  };
}

const sinkOf = (stream: NodeJS.WriteStream | WriteStream): Sink => ({
  write: (text) => void stream.write(text),
  isTty: stream.isTTY,
  columns: stream.isTTY ? stream.columns : 100,
});

/** Colours as `paint` makes them. */
const PAINTED = /(\u001b\[(?:32|31|33|2|1|0)m)/;

/**
 * A line for people, with everything in it visible: a path or a reason may hold what a terminal obeys. Of
 * what terminals obey only our colours are let through.
 */
const visible = (line: string): string =>
  line
    .split(PAINTED)
    .map((part, i) => (i % 2 === 1 ? part : plain(part)))
    .join('');

/** Some results are texts of several lines. */
const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

const json = (value: object): string => `${inAscii(JSON.stringify(value))}\n`;

/** The result of a command that reads: one JSON document, or lines for people. */
export function document(output: Output, value: object, lines: readonly string[]): void {
  output.out.write(output.isJson ? json(value) : lines.map((line) => `${visibleLines(line)}\n`).join(''));
}

/** The result of a command that acts: the last of its JSON lines, or lines for people. */
export function result(output: Output, value: object, lines: readonly string[]): void {
  document(output, { type: 'result', ok: true, ...value }, lines);
}

/** One step on the way: a JSON line, or plain lines on stderr. */
export function progress(output: Output, event: object, ...lines: readonly string[]): void {
  if (output.isJson) output.out.write(json(event));
  else if (!output.isQuiet) output.err.write(lines.map((line) => `${visible(line)}\n`).join(''));
}

/** A word to people that programs do not need. */
export function note(output: Output, text: string): void {
  if (!output.isJson && !output.isQuiet) output.err.write(`${visible(text)}\n`);
}

/** A failure: the line on stderr, and with `--json` also the last JSON line. */
export function fail(output: Output, failure: Failure): void {
  if (output.isJson) output.out.write(json(failure));
  else output.err.write(`${failureLine(failure)}\n`);
}

/** Where in our code a bug was met, below its failure. */
export function trace(output: Output, error: Error): void {
  if (!output.isJson) output.err.write(`${visibleLines(error.stack ?? '')}\n`);
}

/** Columns of equal width, two blanks apart; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
