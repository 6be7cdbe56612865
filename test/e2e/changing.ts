import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { askAdmin } from '../../src/apps/admin-client.ts';
import { ceremonyViews, nodeStatus } from '../../src/apps/admin-protocol.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import type { CeremonyView } from '../../src/node/api.ts';
import { isOver } from '../../src/node/ceremony/machine.ts';
import { batchFileText } from '../../scripts/lib/batch-file-text.ts';
import { type Line, conclave } from '../../scripts/lib/children.ts';
import type { Member, Story } from '../../scripts/lib/story.ts';

/** A ceremony that was proposed, by its id, 0x. */
export interface Proposed {
  readonly id: string;
  readonly file: string;
}

/** Milliseconds that nodes have to come to what is waited for: a loaded machine is slow. */
const PATIENCE_MS = 90_000;

/** What operators type when the committee of a story changes, and what they look at. */
export class Changing {
  readonly story: Story;
  #files = 0;

  constructor(story: Story) {
    this.story = story;
  }

  /** The operator of this node. */
  readonly at = (index: number): Member => {
    const found = this.story.members[index - 1];
    if (found === undefined) throw new RangeError(`no member ${index}`);
    return found;
  };

  /** A command at one node. Gives its last line; refusals too. */
  readonly type = (index: number, ...args: readonly string[]): Promise<Line> =>
    conclave(['--data-dir', this.at(index).dataDir, ...args], () => undefined, EXITS);

  /** Writes a plan with this command. */
  readonly propose = async (
    index: number,
    args: readonly string[],
    roundTimeout = '60s',
  ): Promise<Proposed> => {
    const file = join(this.story.folder, `plan-${(this.#files += 1)}.json`);
    const { id, message } = await this.type(index, ...args, '--out', file, '--round-timeout', roundTimeout);
    if (typeof id !== 'string') throw new RangeError(`not proposed: ${String(message)}`);
    return { id, file };
  };

  /** All of them read it, and consent. */
  readonly consent = async (indices: readonly number[], { file }: Proposed): Promise<void> => {
    await Promise.all(
      indices.map(async (index) => {
        for (const args of [['join', file], ['accept']]) {
          const said = await this.type(index, 'ceremony', ...args);
          if (said['type'] === 'error') throw new RangeError(`node ${index}: ${JSON.stringify(said)}`);
        }
      }),
    );
  };

  /** The same by the socket of each node, as other programs do it: a command line takes a second to start. */
  readonly agree = async (indices: readonly number[], { id, file }: Proposed): Promise<void> => {
    const definition = to0x(readFileSync(file));
    for (const index of indices) {
      await askAdmin(this.at(index).dataDir, 'join', { args: { definition } });
      await askAdmin(this.at(index).dataDir, 'accept', { args: { id } });
    }
  };

  /** Starts it as soon as everybody is there. */
  readonly start = async (index: number, { id }: Proposed): Promise<void> => {
    await askAdmin(this.at(index).dataDir, 'execute', { args: { id, whenReady: true } });
  };

  /** Waits until it is over on all of these, and gives how. */
  readonly outcomes = (
    indices: readonly number[],
    { id }: Pick<Proposed, 'id'>,
  ): Promise<readonly CeremonyView[]> =>
    Promise.all(
      indices.map(async (index) => {
        const look = async (): Promise<CeremonyView | undefined> =>
          ceremonyViews
            .parse(await askAdmin(this.at(index).dataDir, 'ceremonies'))
            .find((view) => view.id.startsWith(id) && isOver(view.state));
        let found: CeremonyView | undefined;
        await until(`it is over on node ${index}`, async () => (found = await look()) !== undefined);
        if (found === undefined) throw new RangeError('it is over, and nowhere');
        return found;
      }),
    );

  /** Events that a node has written of a ceremony. */
  readonly events = (index: number, { id }: Proposed): readonly Line[] => {
    const path = join(this.at(index).dataDir, 'ceremonies', id.slice(2, 10), 'events.jsonl');
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Line);
  };

  /** Kills a node as soon as its events tell this. */
  readonly killWhen = async (
    index: number,
    proposed: Proposed,
    tells: (event: Line) => boolean,
  ): Promise<void> => {
    await until(`node ${index} has come so far`, () => this.events(index, proposed).some(tells));
    await this.story.killNode(index);
  };

  /** Waits until the ceremony is over on all of these. Gives how it ended on each. */
  readonly ends = (indices: readonly number[], { id }: Proposed): Promise<readonly Line[]> =>
    Promise.all(indices.map((index) => this.type(index, 'ceremony', 'watch', id)));

  /** A batch of its own, signed by exactly these and mined; the first of them is asked. */
  readonly submit = (signers: readonly number[]): Promise<Line> => this.#submit(this.#batch(), signers);

  #batch(): string {
    const path = join(this.story.folder, `text-${(this.#files += 1)}.txt`);
    const plan = { seed: `change-${this.#files}`, l2ChainId: 71_001n, accounts: 3, transactions: 6 };
    writeFileSync(path, batchFileText(plan));
    return path;
  }

  async #submit(path: string, signers: readonly number[]): Promise<Line> {
    const args = ['sign', 'batch', '--file', path, '--submit', '--signers', signers.join(',')];
    return this.type(signers[0] ?? 0, ...args);
  }

  /** The same, as soon as they are connected again. One content: a guard may have it since the first try. */
  readonly submitOnceThere = async (signers: readonly number[]): Promise<Line> => {
    const path = this.#batch();
    let last: Line = {};
    await until(
      `a signature by ${signers.join(', ')}`,
      async () => {
        last = await this.#submit(path, signers);
        return last['type'] === 'result';
      },
      () => JSON.stringify(last),
    );
    return last;
  };

  /** The epoch in service on each, a decimal number. */
  readonly epochs = (indices: readonly number[]): Promise<readonly unknown[]> =>
    Promise.all(
      indices.map(async (index) => {
        const { key } = nodeStatus.parse(await askAdmin(this.at(index).dataDir, 'status'));
        return key?.epoch;
      }),
    );

  /** What the node says of itself. */
  readonly status = (index: number): Promise<Line> => this.type(index, 'node', 'status');
}

/** Every exit but that of a program that is broken. */
const EXITS = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** Waits until something holds. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seen: () => string = () => '',
): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new RangeError(`${what}: not within ${PATIENCE_MS} ms ${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
