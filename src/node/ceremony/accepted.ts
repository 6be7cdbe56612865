import { type Plan, readDefinition } from '../../chain/definition-file.ts';
import { equalBytes, latin1 } from '../../crypto/bytes.ts';
import type { Disk } from '../../system/ports.ts';
import { isOrdinary } from '../supervise.ts';

/** Where consent of before the last start is looked for. */
export interface AcceptedDeps {
  readonly disk: Disk;
  readonly nowMs: () => number;
  /** The folder of all ceremonies. */
  readonly folder: string;
  /** Ed25519 key of this node, 32 bytes. */
  readonly identityPk: Uint8Array;
}

/** A ceremony to which this node has consented, and of which nothing more had happened here. */
export interface AcceptedCeremony {
  readonly plan: Plan;
  /** Its folder in the data folder. */
  readonly folder: string;
}

/** What a session leaves behind: events that were lost must not make it begin a second time. */
const TRACES = ['transcript.jsonl', 'activation.json', 'lock.json'];
/** What the events say when a ceremony has got further than consent: a session has begun, or it has ended. */
const FURTHER = /"type":"(round|resumed|result|prepared|certificate)"/;

/**
 * Ceremonies that this node had accepted when its last process ended: its signature is on disk, so the others
 * may count on it, and it says so again. One whose time is over is not among them, nor one whose session had
 * begun: an attempt that cannot be repeated exactly is not repeated at all. [protocol, 11.4]
 */
export function acceptedCeremonies({
  disk,
  nowMs,
  folder: all,
  identityPk,
}: AcceptedDeps): readonly AcceptedCeremony[] {
  return disk.list(all).flatMap((name) => {
    const folder = `${all}/${name}`;
    const bytes = disk.read(`${folder}/definition.json`);
    const files = disk.list(folder);
    const story = latin1(disk.read(`${folder}/events.jsonl`) ?? new Uint8Array(0));
    const isFurther = TRACES.some((trace) => files.includes(trace)) || FURTHER.test(story);
    if (bytes === undefined || isFurther) return [];
    try {
      const plan = readDefinition(bytes, `${folder}/definition.json`);
      const isOurs = plan.signatures.some((one) => equalBytes(one.identityPk, identityPk));
      const isInTime = BigInt(nowMs()) < plan.definition.timing.executeByMs;
      return isOurs && isInTime ? [{ plan, folder }] : [];
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      return []; // told where ceremonies of the past are read
    }
  });
}
