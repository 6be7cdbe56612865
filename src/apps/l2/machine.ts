import { systemClock } from '../../system/clock.ts';
import { type FileCalls, machineFiles } from '../../system/file-calls.ts';
import type { Clock } from '../../system/ports.ts';

/** What a node takes of the machine that it runs on, so that a test can give it a worse one. */
export interface L2Machine {
  readonly clock: Clock;
  readonly files: FileCalls;
}

/** The machine of this process. */
export const thisMachine: L2Machine = { clock: systemClock, files: machineFiles };
