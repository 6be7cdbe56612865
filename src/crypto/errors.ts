/** A table of failure codes: each code of the project is declared once, beside the code that raises it. */
export type ReasonTable = Readonly<Record<string, Reason>>;

/** What one failure code means, who has to act, and how. `docs/reasons.md` is generated from these. */
export interface Reason {
  /** One short sentence. */
  readonly means: string;
  /** What an operator does. */
  readonly action: string;
  /** Who can mend it: the operator, the client that asked, a peer, or the authors of this program. */
  readonly class: 'operator' | 'client' | 'peer' | 'bug';
}

/** A user's or a file's fault, thrown by decoders at the edge. `path` says where in the input. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: string;
  readonly path: string;
  constructor(code: string, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** Network, disk or L1 failed. The level says what the caller does. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  readonly code: string;
  readonly level: 'retry' | 'reset' | 'fatal';
  constructor(code: string, level: 'retry' | 'reset' | 'fatal', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.level = level;
  }
}

/** Our own mistake. It is not caught: the node stops rather than go on wrong. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

/** States what must be true here. @throws Bug when it is not */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Bug(message);
}

/** Ends an exhaustive switch: the compiler refuses a forgotten case. @throws Bug if reached all the same */
export function assertNever(value: never): never {
  throw new Bug(`a case was forgotten: ${JSON.stringify(value)}`);
}
