import { decodeSpec, partiesOf, specHash } from '../../protocols/kernel/spec.ts';
import type { Finished } from '../sessions/sessions.ts';
import { isOrdinary } from '../supervise.ts';
import type { Course, Stage } from './course.ts';
import type { CeremonyDeps, FoundSession } from './deps.ts';
import { isOver } from './machine.ts';

/** Runs the session of an attempt to its end, a new one or one of before a restart, and tells its rounds. */
export async function runSession(
  { spec: bytes, seed, wal, entries }: FoundSession,
  course: Pick<Course, 'rounds' | 'jobOf' | 'keep'>,
  stage: Pick<Stage, 'self' | 'state' | 'tell' | 'guard' | 'broke' | 'nameOf'>,
  { sessions, host, clock }: Pick<CeremonyDeps, 'sessions' | 'host' | 'clock'>,
): Promise<Finished> {
  const spec = decodeSpec(bytes);
  const { roundTimeoutMs } = spec;
  return sessions().resume(specHash(spec), course.jobOf(bytes, seed), host, {
    others: partiesOf(spec).filter((j) => j !== stage.self),
    roundTimeoutMs,
    wal,
    entries,
    onProgress: (round, label, indices) => {
      const awaiting = indices.map((j) => stage.nameOf(j));
      const deadline = String(clock.nowMs() + roundTimeoutMs);
      const fields = { round: round + 1, of: course.rounds, label, awaiting, deadline };
      if (!isOver(stage.state())) stage.guard(() => stage.tell('round', fields));
    },
    persist: (state) => {
      if (isOver(stage.state())) return;
      try {
        course.keep(state);
      } catch (error) {
        if (isOrdinary(error)) stage.broke(error);
        throw error; // the session must not go on
      }
    },
  });
}
