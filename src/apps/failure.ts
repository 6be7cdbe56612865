import { plain } from '../audit/plain.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { ProtocolAbort } from '../protocols/kernel/protocol.ts';
import { reasonOf } from './all-reasons.ts';
import { type ExitCode, exitOf } from './exit-codes.ts';

/** What a failed command says. */
export interface Failure {
  readonly type: 'error';
  readonly kind: 'input' | 'operation' | 'abort' | 'bug';
  readonly code: string;
  /** Where in the input, if anywhere. */
  readonly path?: string | undefined;
  readonly level?: OperationError['level'] | undefined;
  readonly message: string;
  /** What to do now. */
  readonly next?: string | undefined;
  readonly exit: ExitCode;
}

/** What whatever was thrown says to people and to programs. */
export function failureOf(error: unknown): Failure {
  const exit = exitOf(error);
  if (error instanceof InputError)
    return { ...named('input', error.code, error.message), path: error.path, exit };
  if (error instanceof OperationError)
    return { ...named('operation', error.code, error.message), level: error.level, exit };
  if (error instanceof ProtocolAbort) return { ...named('abort', error.code, error.message), exit };
  const message = error instanceof Error ? error.message : String(error);
  return { ...named('bug', 'internal', message), exit };
}

function named(kind: Failure['kind'], code: string, message: string): Omit<Failure, 'exit'> {
  return { type: 'error', kind, code, message, next: reasonOf(code)?.action };
}

/** The error that a failure of another process stands for. */
export function errorOf({ kind, code, path, level, message }: Failure): Error {
  if (kind === 'input') return new InputError(code, path ?? '', message);
  return new OperationError(code, level ?? (kind === 'bug' ? 'fatal' : 'reset'), message);
}

/**
 * The one line with which a command fails: what happened, what to do, the code; everything in it is visible,
 * whatever a file is called. [product, 4.6 and 5.8]
 */
export function failureLine({ message: said, next, code }: Failure): string {
  const message = plain(said);
  // A ceremony that failed says itself how, and what is left of it.
  if (message.startsWith('✖ ')) return message;
  const sentence = message.endsWith('.') ? message.slice(0, -1) : message;
  return `✖ ${sentence}.${next === undefined ? '' : ` Next: ${next}`} [${plain(code)}]`;
}
