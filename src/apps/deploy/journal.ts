import { ascii, fromHex, latin1, to0x } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { parseJson } from '../../crypto/json-file.ts';
import type { SignedL1Tx } from '../../ethereum/l1-tx.ts';
import { AppendLog } from '../../node/append-log.ts';
import type { Disk } from '../../system/ports.ts';

const FILE = 'deployment.log';

/** A transaction that is in a block. */
export interface MinedStep {
  /** 32 bytes */
  readonly hash: Uint8Array;
  readonly block: bigint;
  readonly gasUsed: bigint;
}

/** How the beginning of a deployment is written. */
export interface StartCodec<Start> {
  readonly toJson: (start: Start) => object;
  /** @throws InputError file-damaged */
  readonly fromJson: (value: unknown, path: string) => Start;
}

/**
 * What a deployment has done: every transaction is written, with its bytes, before it is sent, and again when
 * it is in a block. So a second run knows all that the first can have sent.
 */
export class DeploymentJournal<Start> {
  readonly #log: AppendLog;
  readonly #codec: StartCodec<Start>;
  readonly #sent = new Map<string, SignedL1Tx[]>();
  readonly #mined = new Map<string, MinedStep>();
  #start: Start | undefined;

  private constructor(log: AppendLog, codec: StartCodec<Start>) {
    this.#log = log;
    this.#codec = codec;
  }

  /** Opens or begins a journal. @throws InputError safety-state-damaged | file-damaged */
  static open<Start>(disk: Disk, codec: StartCodec<Start>): DeploymentJournal<Start> {
    const { log, bodies } = AppendLog.open(disk, {
      path: FILE,
      kind: 'contracts/deployment',
      maxBodyBytes: 262_144,
    });
    const journal = new DeploymentJournal(log, codec);
    for (const body of bodies) journal.#read(parseJson(latin1(body), FILE));
    return journal;
  }

  /** How it began, unless it is new. */
  get start(): Start | undefined {
    return this.#start;
  }

  /** All that was signed for a step, oldest first. */
  sent(step: string): readonly SignedL1Tx[] {
    return this.#sent.get(step) ?? [];
  }

  /** The end of a step, if it has ended. */
  mined(step: string): MinedStep | undefined {
    return this.#mined.get(step);
  }

  /** Writes how it begins; durable when this returns, as what follows. */
  begin(start: Start): void {
    this.#write({ kind: 'start', ...this.#codec.toJson(start) });
    this.#start = start;
  }

  /** Writes what is about to be sent. */
  sending(step: string, tx: SignedL1Tx): void {
    this.#write({ kind: 'sending', step, raw: to0x(tx.raw), hash: to0x(tx.hash) });
    this.#addSent(step, tx);
  }

  /** Writes that a step is in a block. */
  ended(step: string, mined: MinedStep): void {
    const { hash, block, gasUsed } = mined;
    this.#write({ kind: 'mined', step, hash: to0x(hash), block: String(block), gas: String(gasUsed) });
    this.#mined.set(step, mined);
  }

  #write(entry: object): void {
    this.#log.append(ascii(JSON.stringify(entry)));
  }

  #addSent(step: string, tx: SignedL1Tx): void {
    this.#sent.set(step, [...this.sent(step), tx]);
  }

  #read(value: unknown): void {
    if (typeof value !== 'object' || value === null) throw damaged();
    const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
    const at = (name: string): unknown => fields.get(name);
    if (at('kind') === 'start') {
      const { kind: _, ...start }: { kind?: unknown } = { ...value };
      this.#start = this.#codec.fromJson(start, FILE);
    } else if (at('kind') === 'sending')
      this.#addSent(text(at('step')), { raw: bytes(at('raw')), hash: bytes(at('hash')) });
    else if (at('kind') === 'mined')
      this.#mined.set(text(at('step')), {
        hash: bytes(at('hash')),
        block: BigInt(text(at('block'))),
        gasUsed: BigInt(text(at('gas'))),
      });
    else throw damaged();
  }
}

/**
 * Without being asked nothing is continued, and no record is replaced; a record that could not be written is
 * refused before anything is paid for. @throws InputError usage; OperationError would-overwrite
 */
export function refuseUnasked(
  journal: Pick<DeploymentJournal<unknown>, 'start'>,
  {
    record,
    isThere,
    resume,
  }: { readonly record: string; readonly isThere: boolean; readonly resume: boolean },
): void {
  if (record === '' || record.endsWith('/'))
    throw new InputError('usage', 'record', `"${record}" is no name for the record of a deployment`);
  if (journal.start === undefined && isThere)
    throw new OperationError('would-overwrite', 'fatal', `${record} exists; nothing was sent`);
  if (journal.start !== undefined && !resume)
    throw new OperationError(
      'would-overwrite',
      'fatal',
      `a deployment has begun in ${record}.journal; with --resume it goes on`,
    );
}

const damaged = (): InputError =>
  new InputError('file-damaged', FILE, `${FILE} is no journal of a deployment`);

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw damaged();
}

function bytes(value: unknown): Uint8Array {
  const found = fromHex(text(value));
  if (found === undefined) throw damaged();
  return found;
}
