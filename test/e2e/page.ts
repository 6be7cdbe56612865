import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const blockForm = /^```sh\n([^]*?)^```$(?:\n\n```text\n([^]*?)^```$)?/gm;

interface Block {
  readonly heading: string;
  readonly commands: string;
  /** What the page shows as the answer, line by line. */
  readonly answers: readonly string[];
}

/** What the commands of a page find around them. */
export interface Surroundings {
  readonly folder: string;
  readonly password: string;
  /** Variables that the page uses. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A page for operators: its commands are run as they stand, by a shell, and answer what it shows. */
export class Page {
  readonly #blocks: readonly Block[];
  readonly #used = new Set<Block>();

  constructor(path: string) {
    const page = readFileSync(join(root, path), 'utf8');
    this.#blocks = page.split(/^#{2,3} /m).flatMap((section) => {
      const [heading = ''] = section.split('\n');
      return [...section.matchAll(blockForm)].map(([, commands = '', answer = '']) => ({
        ...{ heading, commands },
        answers: answer.split('\n').filter((line) => line !== ''),
      }));
    });
  }

  /** Headings of blocks that were not run. */
  get unused(): readonly string[] {
    return this.#blocks.filter((one) => !this.#used.has(one)).map(({ heading }) => heading);
  }

  /** Runs a block under a heading, and expects its answer. Returns all that was said. */
  readonly follow = async (
    [heading, place]: readonly [heading: string, place: number],
    around: Surroundings,
    exit = 0,
  ): Promise<string> => {
    const block = this.#blocks.filter((one) => one.heading === heading)[place];
    if (block === undefined) throw new RangeError(`the page has no block ${place} under ${heading}`);
    this.#used.add(block);
    const ran = await shell(block.commands, around);
    expect(ran.exit, ran.said).toBe(exit);
    for (const line of block.answers) expect(ran.said).toMatch(pattern(line));
    return ran.said;
  };
}

/** In this shell, `conclave` is this program, and it knows the password. */
async function shell(
  commands: string,
  { folder, password, variables }: Surroundings,
): Promise<{ readonly exit: number | null; readonly said: string }> {
  const conclaveIs = 'conclave() { "$NODE_BINARY" "$PROGRAM" --password-file "$PASSWORD" "$@"; }';
  const program = join(root, 'bin', 'conclave.mjs');
  const child = spawn('bash', ['-c', `${conclaveIs}\nset -e\n${commands}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ NO_COLOR: '1', NODE_BINARY: process.execPath, PROGRAM: program, PASSWORD: password },
      ...variables,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit, said };
}

/** A line of the page as a pattern: what differs from run to run is written as an ellipsis. */
const pattern = (line: string): RegExp =>
  new RegExp(
    line
      .trim()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('…', '.*')
      .replace(/\s+/g, '\\s+'),
  );
