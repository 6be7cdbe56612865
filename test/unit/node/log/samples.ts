import type { LogEvent } from '../../../../src/chain/log/entry.ts';
import type { SignedHead } from '../../../../src/chain/log/head.ts';
import { signHead } from '../../../../src/chain/log/head.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import type { GuardRecord } from '../../../../src/node/guard-record.ts';
import { Identity } from '../../../../src/node/identity.ts';
import type { LogMessage } from '../../../../src/node/log/messages.ts';
import { NodeLog } from '../../../../src/node/log/node-log.ts';
import { type LogSubject, SignatureLog } from '../../../../src/node/log/signature-log.ts';
import { logMessageCodec } from '../../../../src/node/log/messages.ts';
import { decode } from '../../../../src/crypto/codec.ts';
import type { Seat } from '../../../../src/protocols/ceremony/definition.ts';
import type { Clock } from '../../../../src/system/ports.ts';
import { type MemoryDisk, memoryDisk, memoryLog, named } from '../helpers.ts';

/** The cluster of the samples. */
export const cluster: Uint8Array = named('cluster');

/** The identity of the node with this number. */
export const identityOf = (i: number): Identity =>
  new Identity(new Secret('identity', named(`identity ${i}`).slice()));

/** A refusal, of which tests can make as many as they like. */
export const refusal = (i: number): LogEvent => ({
  ...{ kind: 'refused', requestId: named(`request ${i}`), from: 0, reason: 'policy-denied' },
});

/** A key and an epoch. */
export const subject: LogSubject = { keyId: named('key'), epochNo: 2 };

/** A clock that a test moves; what is due runs at once. */
export function stepClock(): Clock & { readonly move: (ms: number) => void } {
  let now = 0;
  let timers: { readonly atMs: number; readonly event: () => void }[] = [];
  return {
    nowMs: () => 1_750_000_000_000 + now,
    monotonicMs: () => now,
    after: (durationMs, event) => {
      const timer = { atMs: now + durationMs, event };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    move: (ms) => {
      now += ms;
      for (const timer of timers.filter(({ atMs }) => atMs <= now)) {
        timers = timers.filter((one) => one !== timer);
        timer.event();
      }
    },
  };
}

/** A log with `count` refusals on a disk in memory. */
export function logWith(
  count: number,
  identity: Identity = identityOf(1),
): { log: SignatureLog; disk: MemoryDisk } {
  const disk = memoryDisk();
  const log = openOn(disk, identity);
  for (let i = 0; i < count; i++) log.append(refusal(i), subject);
  return { log, disk };
}

/** Opens the log of a disk. */
export const openOn = (disk: MemoryDisk, identity: Identity = identityOf(1)): SignatureLog =>
  SignatureLog.open(
    { folder: 'data/log', owner: identity.publicKey, cluster },
    { disk, clock: stepClock(), log: memoryLog() },
  );

/** The head of a log as it is, signed by its owner. */
export function headOf(log: SignatureLog, identity: Identity, atMs = 1_000): SignedHead {
  const head = log.headAt(atMs);
  return { head, signature: identity.lend((seed) => signHead(seed, head)) };
}

/** A row of the sign guard. */
export const guardRow = (i: number): GuardRecord => ({
  ...{ slots: [], kind: 'submit-batch', contentHash: named('content'), digest: named(`digest ${i}`) },
  ...{ fees: undefined, feeStep: 0, requestHash: named(`request ${i}`), presigId: named(`presig ${i}`) },
  ...{ tau0: named('tau0'), posRef: new Uint8Array(0), boot: 1n, epoch: 2 },
});

/** One node of a village of logs. */
export interface Villager {
  readonly identity: Identity;
  readonly disk: MemoryDisk;
  readonly lines: ReturnType<typeof memoryLog>;
  log: NodeLog;
}

const SEATS: readonly Seat[] = [1, 2, 3].map((i) => ({
  ...{ index: partyIndex(i), identityPk: identityOf(i).publicKey },
  ...{ name: `node-${i}`, address: '127.0.0.1:1' },
}));

/** Nodes whose logs talk to one another, a message at a time, and a switch for each link. */
export class Village {
  readonly clock: ReturnType<typeof stepClock> = stepClock();
  readonly villagers: readonly Villager[];
  /** Links that are cut, as `from to`. */
  readonly cut: Set<string> = new Set<string>();
  /** Everything that was sent. */
  readonly sent: { from: number; to: number; message: LogMessage }[] = [];
  readonly #queue: { from: number; to: number; bytes: Uint8Array }[] = [];

  /** `isGreeted` is false where nobody has heard of anybody. */
  constructor(count: number, isGreeted = true) {
    this.villagers = Array.from({ length: count }, (_, i) => {
      const [disk, lines, identity] = [memoryDisk(), memoryLog(), identityOf(i + 1)];
      return { identity, disk, lines, log: this.open({ identity, disk, lines }, i + 1) };
    });
    if (!isGreeted) return;
    for (let a = 1; a <= count; a++) for (let b = a + 1; b <= count; b++) this.link(a, b);
    this.sent.length = 0;
  }

  /** The log of a node, from its disk. */
  open({ identity, disk, lines }: Omit<Villager, 'log'>, index: number): NodeLog {
    return new NodeLog({
      ...{ disk, identity, cluster, clock: this.clock, log: lines, folder: 'data/log' },
      cadence: { everyEntries: 4, everyMs: 60_000 },
      links: {
        seats: () => this.seats,
        send: (to, bytes) => {
          if (!this.cut.has(`${index} ${to}`)) this.#queue.push({ from: index, to, bytes });
        },
      },
      keep: (name, make) => {
        disk.create(`data/evidence/${name}`, make());
        return { path: `data/evidence/${name}`, hash: named(name) };
      },
    });
  }

  readonly seats: readonly Seat[] = SEATS;

  at(index: number): Villager {
    const villager = this.villagers[index - 1];
    if (villager === undefined) throw new RangeError(`no villager ${index}`);
    return villager;
  }

  /** Says something in the name of a node. */
  say(from: number, to: number, bytes: Uint8Array): void {
    this.#queue.push({ from, to, bytes });
  }

  /** Delivers until nobody has anything to say. */
  settle(): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { from, to, bytes } = next;
      this.sent.push({ from, to, message: decode(logMessageCodec, bytes, 'message') });
      this.at(to).log.receive(partyIndex(from), bytes);
    }
  }

  /** Opens the link between two nodes. */
  link(a: number, b: number): void {
    this.cut.delete(`${a} ${b}`);
    this.cut.delete(`${b} ${a}`);
    this.at(a).log.linked(partyIndex(b));
    this.at(b).log.linked(partyIndex(a));
    this.settle();
  }
}
