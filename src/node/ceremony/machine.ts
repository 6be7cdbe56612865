import { Bug } from '../../crypto/errors.ts';
import type { CeremonyState } from '../api.ts';

/**
 * Every step that a ceremony may take on one node. What is not in this table does not happen. From
 * `committed` and `checking` there is no way back: with the certificate the key, or the next epoch, exists.
 * An epoch change that this node has given up takes effect all the same when its certificate turns up, and
 * who leaves need not be there. [product, 5.3]
 */
export const steps: Readonly<Record<CeremonyState, readonly CeremonyState[]>> = {
  proposed: ['accepted', 'rejected', 'aborted', 'timed-out'],
  accepted: ['gathering', 'left', 'rejected', 'aborted', 'timed-out'],
  gathering: ['executing', 'left', 'rejected', 'aborted', 'timed-out'],
  executing: ['prepared', 'aborted', 'timed-out', 'failed'],
  prepared: ['committed', 'checking', 'left', 'aborted', 'timed-out', 'failed'],
  committed: ['checking', 'left'],
  checking: ['complete', 'failed', 'timed-out'],
  complete: [],
  left: [],
  rejected: [],
  aborted: ['committed', 'checking', 'left'],
  'timed-out': ['committed', 'checking', 'left'],
  failed: ['committed', 'checking', 'left'],
};

const ends: readonly CeremonyState[] = ['complete', 'left', 'rejected', 'aborted', 'timed-out', 'failed'];

/** Whether nothing more is expected of it. */
export const isOver = (state: CeremonyState): boolean => ends.includes(state);

/** Whether the step is in the table. */
export const mayBecome = (from: CeremonyState, to: CeremonyState): boolean => steps[from].includes(to);

/** The next state. @throws Bug for a step that is not in the table */
export function become(from: CeremonyState, to: CeremonyState): CeremonyState {
  if (!mayBecome(from, to)) throw new Bug(`a ceremony does not go from ${from} to ${to}`);
  return to;
}
