import type { PartyIndex } from '../../crypto/brand.ts';
import type { Journal } from './journal.ts';
import type { Ending, HostEvent, PlainTranscript } from './messages.ts';

/** A promise and what fulfils it. */
export interface Promised<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/** Where one session stands on its node, whatever it is about. */
export interface Standing {
  readonly transcript: Promised<PlainTranscript>;
  round: number;
  awaiting: readonly number[];
  awaited: readonly number[];
  cancelTimer: () => void;
  /** Of a session that may be resumed. */
  journal: Journal | undefined;
  /** Why it cannot go on though its host could: nothing of it counts any more. */
  broken: string | undefined;
  /** What happened last. */
  progress: Extract<HostEvent, { kind: 'progress' }> | undefined;
  ending: Ending | undefined;
  /** Whether the end has been told to who waits for it. */
  isTold: boolean;
}

/** A promise that is fulfilled later. */
export function promised<T>(): Promised<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A session that begins now and waits for all others. */
export const newStanding = (others: readonly PartyIndex[]): Standing => ({
  transcript: promised(),
  round: -1,
  awaiting: others,
  awaited: [],
  cancelTimer: () => undefined,
  journal: undefined,
  broken: undefined,
  progress: undefined,
  ending: undefined,
  isTold: false,
});
