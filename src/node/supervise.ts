import { InputError, OperationError } from '../crypto/errors.ts';

/**
 * Whether a failure ends one piece of work and not the node. Our own mistakes are not among them, and neither
 * is a failed fsync: what is on disk is unknown after it, and the node stops rather than go on. [security,
 * 3.2]
 */
export const isOrdinary = (error: unknown): error is InputError | OperationError =>
  error instanceof InputError || (error instanceof OperationError && error.code !== 'fsync-failed');

/** Sees to the end of work that nobody awaits. What is not ordinary is thrown again, and stops the node. */
export function supervise(
  work: Promise<unknown>,
  failed: (error: InputError | OperationError) => void,
): void {
  work.catch((error: unknown) => {
    if (!isOrdinary(error)) throw error;
    failed(error);
  });
}
