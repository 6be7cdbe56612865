import { type StageName, type TxStatus, stageNames } from './answers.ts';
import { moment, span } from './words.ts';

/** A stage of a transaction as it is shown. */
export interface Step {
  readonly name: StageName;
  readonly isReached: boolean;
  /** When, in UTC; or that it has not come. */
  readonly at: string;
  /** Since the stage before that has a time, and since the first; empty where there is none. */
  readonly since: string;
  readonly reference: string | null;
}

/** The five stages. A node that has seen only the later ones has no times of the earlier ones. */
export function steps(status: TxStatus): readonly Step[] {
  const reached = stageNames.map((name) => status[name] !== null).lastIndexOf(true);
  const first = stageNames.map((name) => status[name]?.timeMs).find((ms) => ms !== undefined);
  let before: number | undefined;
  return stageNames.map((name, i) => {
    const stage = status[name];
    if (stage === null) {
      const isReached = i < reached;
      return {
        name,
        isReached,
        at: isReached ? 'not seen by this node' : 'not yet',
        since: '',
        reference: null,
      };
    }
    const { timeMs, reference } = stage;
    const step = before === undefined ? undefined : `+${span(timeMs - before)}`;
    const whole = i > 1 && first !== undefined ? `, ${span(timeMs - first)} in all` : '';
    before = timeMs;
    return {
      name,
      isReached: true,
      at: moment(timeMs),
      since: step === undefined ? '' : step + whole,
      reference,
    };
  });
}
