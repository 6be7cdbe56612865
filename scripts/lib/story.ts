import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { toHex } from '../../src/crypto/bytes.ts';
import { OperationError } from '../../src/crypto/errors.ts';
import { type Address, parseAddress } from '../../src/ethereum/address.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { fund } from '../../src/system/dev-l1.ts';
import { freePorts } from './free-ports.ts';
import { batchFileText } from './batch-file-text.ts';
import { type Line, NodeProcess, conclave } from './children.ts';
import type { Phase, Screen } from './screen.ts';
import { type Places, StoryContracts } from './story-contracts.ts';
import { StoryRollup } from './story-rollup.ts';

/** Chain ids of the demo. */
const L1_CHAIN = 31_337n;
const L2_CHAIN = 71_001n;
const NODES = 4;
const REQUIRED = 3;

/** What one member of the demo is. */
export interface Member {
  readonly index: number;
  readonly name: string;
  readonly dataDir: string;
  readonly password: string;
  readonly log: string;
  readonly place: string;
  readonly monitoring: string;
  readonly invitation: string;
}

/** A batch that was signed and mined, as the command said it, and the epoch whose shares signed. */
export type BatchResult = Line;

/** One epoch of the key. */
export interface StoryEpoch {
  readonly members: readonly Member[];
  readonly required: number;
  readonly lockHash: string;
  /** Folder of the ceremony that made it, on the node that proposed. */
  readonly folder: string;
  /** Milliseconds from the start of its session to the whole lock. */
  readonly madeMs: number;
}

/** The cluster of the demo, in one fresh folder. */
export class Story {
  readonly folder: string;
  readonly members: Member[] = [];
  readonly batches: BatchResult[] = [];
  /** By number: the one that was made last is in service. */
  readonly epochs: StoryEpoch[] = [];
  anvil: Anvil | undefined;
  #rollup: StoryRollup | undefined;
  #contracts: StoryContracts | undefined;
  #places: Places | undefined;
  address = '';
  transcriptRoot = '';
  readonly #screen: Screen;
  readonly #nodes = new Map<number, NodeProcess>();

  readonly #thrift: readonly string[];

  /**
   * A thrifty story is for tests that start many processes: cheap passwords, and as many presignatures made
   * ahead as it says, which is none as a rule.
   */
  constructor(folder: string, screen: Screen, isThrifty = false, ahead: number = isThrifty ? 0 : 8) {
    this.folder = folder;
    this.#screen = screen;
    this.#thrift = [...(isThrifty ? ['--insecure-dev-keys'] : []), '--presign', String(ahead)];
  }

  /** The contract on L1 that takes batches, once it is deployed. */
  get inbox(): Address | undefined {
    return this.#places?.inbox;
  }

  /** The contract on L1 that names accounts, once it is deployed. */
  get registry(): Address | undefined {
    return this.#places?.registry;
  }

  /** The L2, where there is one. @throws OperationError child-failed where there is none */
  get rollup(): StoryRollup {
    if (this.#rollup === undefined) throw failed('this story has no L2');
    return this.#rollup;
  }

  /** The epoch in service. @throws OperationError child-failed, before there is a key */
  get epoch(): StoryEpoch {
    const newest = this.epochs.at(-1);
    if (newest === undefined) throw failed('there is no key yet');
    return newest;
  }

  /** Hash of the lock of the epoch in service, 0x. */
  get lockHash(): string {
    return this.epochs.at(-1)?.lockHash ?? '';
  }

  /** A real EVM node, and all contracts of L1; with an L2, the genesis for which they are deployed too. */
  readonly startL1 = async ({ hasL2 = false }: { readonly hasL2?: boolean } = {}): Promise<void> => {
    const anvil = await this.#screen.phase('Start an L1 (anvil)', async () => {
      const started = await startAnvil({ chainId: L1_CHAIN, flags: ['--slots-in-an-epoch', '4'] });
      return [started, started.url];
    });
    const contracts = new StoryContracts(this.folder, anvil, L2_CHAIN);
    [this.anvil, this.#contracts] = [anvil, contracts];
    if (hasL2) {
      const key = contracts.makeKey('sequencer');
      this.#rollup = new StoryRollup(this.folder, { l1: anvil, l2ChainId: L2_CHAIN, key });
      await this.#rollup.reserve(NODES + 1);
    }
    this.#places = await this.#screen.phase('Deploy the contracts, and check them', async ({ say }) => {
      const places = await contracts.deploy(say, this.#rollup);
      return [places, `inbox ${places.inbox}`];
    });
  };

  /** Four operators, each with a folder and a password of its own. */
  readonly makeNodes = async (): Promise<void> => {
    await this.#screen.phase('Four operators make their nodes', async ({ say }) => {
      const ports = await freePorts(2 * NODES);
      const made = await Promise.all(
        Array.from({ length: NODES }, (_, i) =>
          this.#makeNode(i + 1, [ports[2 * i] ?? 0, ports[2 * i + 1] ?? 0]),
        ),
      );
      this.members.push(...made);
      say('');
      return [undefined, made.map(({ name }) => name).join(', ')];
    });
    await this.#screen.phase('Four processes start', async () => {
      for (const member of this.members) this.#launch(member);
      await Promise.all([...this.#nodes.values()].map((node) => node.ready()));
      return [undefined, `pids ${[...this.#nodes.values()].map(({ pid }) => pid).join(', ')}`];
    });
  };

  /** One more operator makes and starts a node, with no part in anything yet. */
  readonly addNode = async (): Promise<Member> => {
    const [port = 0, monitor = 0] = await freePorts(2);
    const member = await this.#makeNode(this.members.length + 1, [port, monitor]);
    this.members.push(member);
    await this.restartNode(member.index);
    return member;
  };

  async #makeNode(index: number, [port, monitor]: readonly [number, number]): Promise<Member> {
    const dataDir = join(this.folder, `node-${index}`);
    const secrets = join(this.folder, 'secrets');
    const logs = join(this.folder, 'logs');
    for (const folder of [secrets, logs]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const password = join(secrets, `node-${index}.password`);
    writeFileSync(password, `${toHex(crypto.getRandomValues(new Uint8Array(16)))}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
    const [place, monitoring] = [`127.0.0.1:${port}`, `127.0.0.1:${monitor}`];
    const made = await conclave([
      ...['--data-dir', dataDir, '--password-file', password, 'init', '--listen', place],
      ...['--monitoring', monitoring, '--l1', this.#l1.url, '--inbox', this.inbox ?? ''],
      ...['--registry', this.registry ?? ''],
      ...(this.#rollup === undefined ? [] : ['--verifier', this.#rollup.urlOf(index)]),
      ...['--l1-chain-id', String(L1_CHAIN), '--l2-chain-id', String(L2_CHAIN), ...this.#thrift],
    ]);
    const [name, invitation] = [String(made['name']), String(made['invitation'])];
    return {
      index,
      name,
      dataDir,
      password,
      place,
      monitoring,
      invitation,
      log: join(logs, `node-${index}.log`),
    };
  }

  #launch(member: Member): void {
    this.#nodes.set(
      member.index,
      new NodeProcess(member.dataDir, { words: ['node', 'run'], password: member.password }, member.log),
    );
  }

  /** The plan, the consent of every operator, and the key generation, by the commands that operators type. */
  readonly makeKey = async (): Promise<void> => {
    const file = join(this.folder, 'definition.json');
    const [first] = this.members;
    if (first === undefined) return;
    await this.#screen.phase('The first proposes a ceremony', async () => {
      const members = this.members.flatMap(({ invitation }) => ['--member', invitation]);
      const proposed = await conclave([
        ...[
          '--data-dir',
          first.dataDir,
          'ceremony',
          'propose',
          '--name',
          'demo',
          '--required',
          String(REQUIRED),
        ],
        ...[...members, '--out', file],
      ]);
      return [undefined, `${String(proposed['id']).slice(0, 10)}: ${REQUIRED} of ${NODES}, no dealer`];
    });
    await this.#screen.phase('All read it, join and sign it', async ({ say }) => {
      await Promise.all(
        this.members.map(async ({ dataDir, name }) => {
          await conclave(['--data-dir', dataDir, 'ceremony', 'join', file]);
          await conclave(['--data-dir', dataDir, 'ceremony', 'accept']);
          say(`${name} has signed`);
        }),
      );
      return [undefined, 'pre-flight passed on every node'];
    });
    const result = await this.#screen.phase('Key generation, five rounds', async (phase) => {
      const made = await this.execute(first, this.members, phase);
      return [made, String(made['address'])];
    });
    this.address = String(result['address']);
    this.transcriptRoot = String(result['transcriptRoot']);
    await this.#screen.phase('Every node states the same key', () => this.compare());
  };

  /** Executes the ceremony that all have accepted, and keeps the epoch that comes of it. */
  readonly execute = async (
    { dataDir }: Member,
    members: readonly Member[],
    { say }: Phase,
  ): Promise<Line> => {
    await conclave(['--data-dir', dataDir, 'ceremony', 'execute', '--when-ready']);
    // By the node's clock: events of before the watch are told at once.
    let [startMs, endMs] = [0, 0];
    const result = await conclave(['--data-dir', dataDir, 'ceremony', 'watch'], (event) => {
      if (event['type'] === 'round' && startMs === 0) startMs = Number(event['t']);
      if (event['type'] === 'complete') endMs = Number(event['t']);
      say(progressText(event));
    });
    this.epochs.push({
      ...{ members: [...members], required: REQUIRED, lockHash: String(result['lockHash']) },
      folder: join(dataDir, String(result['folder'])),
      madeMs: endMs - startMs,
    });
    return result;
  };

  /** All members state one lock. The others may need a moment to write what the first has written. */
  readonly compare = async (): Promise<readonly [undefined, string]> => {
    const { members, lockHash } = this.epoch;
    const all = members.map(async ({ dataDir, name }) => {
      const seen = await conclave(['--data-dir', dataDir, 'ceremony', 'watch']);
      if (seen['address'] !== this.address || seen['lockHash'] !== lockHash)
        throw failed(`${name} states another key: ${String(seen['address'])}`);
    });
    await Promise.all(all);
    return [undefined, `lock ${lockHash.slice(0, 10)}, countersigned by all ${members.length}`];
  };

  /** The account of the key is registered for batches and blobs, and gets ether for its fees. */
  readonly register = async (): Promise<void> => {
    await this.#screen.phase('The registry names the account of this key', async () => {
      const nodes = this.members.map(({ dataDir }) => dataDir);
      await this.#contracts?.register(this.address, nodes);
      await fund(this.#l1, parseAddress(this.address, 'address'), 10n ** 19n);
      return [undefined, 'proven by the cluster, certified by validators, funded with 10 ETH'];
    });
  };

  /** One batch: real signed transactions, packed, signed by a quorum, mined. */
  readonly batch = async (
    title: string,
    index: number,
    da: 'calldata' | 'blobs',
    count: number,
  ): Promise<void> => {
    const batch = this.batches.length + 1;
    const file = join(this.folder, `batch-${batch}.txt`);
    const plan = { seed: `conclave-demo-${batch}`, l2ChainId: L2_CHAIN, accounts: 24, transactions: count };
    writeFileSync(file, batchFileText(plan), { flag: 'wx' });
    const member = this.members[index - 1];
    if (member === undefined) return;
    const mined = await this.#screen.phase(title, async ({ say }) => {
      const result = await conclave(
        ['--data-dir', member.dataDir, 'sign', 'batch', '--file', file, '--da', da, '--submit'],
        (line) => say(typeof line['text'] === 'string' ? line['text'] : String(line['type'])),
      );
      if (result['from'] !== this.address) throw failed(`the sender on chain is ${String(result['from'])}`);
      return [
        result,
        `${count} transactions, block ${String(result['block'])}, by {${String(result['signers'])}}`,
      ];
    });
    const signed = { ...mined, epoch: this.epochs.length - 1 };
    this.batches.push(signed);
    this.#screen.json({ type: 'batch', ...signed });
  };

  /** As a crash. */
  readonly killNode = async (index: number): Promise<void> => {
    const member = this.members[index - 1];
    await this.#screen.phase('One node is killed', async () => {
      await this.#nodes.get(index)?.kill();
      this.#nodes.delete(index);
      return [undefined, `${member?.name ?? ''}: no goodbye, nothing flushed`];
    });
  };

  /** Starts a killed node again, on what its disk holds. */
  readonly restartNode = async (index: number): Promise<void> => {
    const member = this.members[index - 1];
    if (member === undefined) return;
    this.#launch(member);
    await this.#nodes.get(index)?.ready();
  };

  /** Every folder of every node, also of those that were killed or have left, from its files alone. */
  readonly audit = async (): Promise<void> => {
    const hasChain = this.epochs.length > 1;
    const title = hasChain
      ? 'Audit every transcript, epoch by epoch'
      : 'Audit every transcript from its files';
    await this.#screen.phase(title, async ({ say }) => {
      let checks = 0;
      const each = this.members.map(async ({ dataDir, name }) => {
        const told = await conclave([
          ...['audit', 'verify', dataDir, '--expect-address', this.address, '--expect-lock', this.lockHash],
          ...['--expect-required', String(REQUIRED), '--l1', this.#l1.url],
        ]);
        const reports: readonly unknown[] = Array.isArray(told['reports']) ? told['reports'] : [];
        if (hasChain && !reports.some(isOfEpochs))
          throw failed(`the folder of ${name} does not show the chain of epochs`);
        for (const report of reports) checks += passed(report);
        say(`${name} holds`);
      });
      await Promise.all(each);
      const chain = hasChain ? `${this.epochs.length} epochs follow one another; ` : '';
      return [undefined, `${chain}${checks} checks passed on ${this.members.length} nodes, none failed`];
    });
  };

  /** Ends everything that was started. */
  readonly stop = async (): Promise<void> => {
    await this.#rollup?.stop();
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()));
    await this.anvil?.stop();
  };

  get #l1(): Anvil {
    if (this.anvil === undefined) throw failed('the L1 does not run');
    return this.anvil;
  }
}

const failed = (what: string): OperationError => new OperationError('child-failed', 'fatal', what);

/** One event of a ceremony, as it stands behind a spinner. */
function progressText(event: Line): string {
  const awaiting = Array.isArray(event['awaiting']) ? event['awaiting'].join(', ') : '';
  const waits = awaiting === '' ? '' : `, awaits ${awaiting}`;
  if (event['type'] !== 'round') return typeof event['type'] === 'string' ? `${event['type']}${waits}` : '';
  return `round ${String(event['round'])}/${String(event['of'])} ${String(event['label'])}${waits}`;
}

/** Whether a report is on the epochs of a key. */
function isOfEpochs(report: unknown): boolean {
  if (typeof report !== 'object' || report === null || !('subject' in report)) return false;
  const { subject } = report;
  return typeof subject === 'object' && subject !== null && 'kind' in subject && subject.kind === 'epochs';
}

function passed(report: unknown): number {
  if (typeof report !== 'object' || report === null || !('checks' in report)) return 0;
  const checks: unknown = report.checks;
  return Array.isArray(checks) ? checks.filter((check: Line) => check['verdict'] === 'pass').length : 0;
}
