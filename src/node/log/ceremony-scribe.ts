import type { Plan } from '../../chain/definition-file.ts';
import { decode } from '../../crypto/codec.ts';
import { definitionHash, isChange } from '../../protocols/ceremony/definition.ts';
import { epochCodec } from '../../protocols/epoch.ts';
import type { Disk } from '../../system/ports.ts';
import type { CeremonyEvent } from '../api.ts';
import type { Ending } from '../sessions/messages.ts';
import { ceremonyEvent, recordAt } from './events.ts';
import type { NodeLog } from './node-log.ts';
import { type LogSubject, noSubject } from './signature-log.ts';

/** What a scribe of a ceremony writes with. */
export interface CeremonyScribeDeps {
  readonly disk: Disk;
  /** Folder of the ceremony in the data folder. */
  readonly folder: string;
  /** The log of the cluster; `undefined` while this node has no links. */
  readonly log: () => Pick<NodeLog, 'ceremony'> | undefined;
}

/** Writes the one entry of a ceremony: when its session has ended, or when it ends without one. */
export class CeremonyScribe {
  readonly #plan: Plan;
  readonly #deps: CeremonyScribeDeps;
  #failure: string | undefined;

  constructor(plan: Plan, deps: CeremonyScribeDeps) {
    this.#plan = plan;
    this.#deps = deps;
  }

  /** Hears of every event: a failure before the first attempt is all that there is to write. */
  readonly heard = ({ type, attempt, ok, reason }: CeremonyEvent): void => {
    if (type !== 'result' || ok !== false || typeof reason !== 'string') return;
    this.#failure = reason;
    if (attempt === '0') this.#write(undefined, undefined);
  };

  /** The session has ended, and its transcript is on disk. */
  concluded(ending: Ending, sid: Uint8Array | undefined): void {
    this.#write(ending, sid);
  }

  #write(ending: Ending | undefined, sid: Uint8Array | undefined): void {
    const { definition } = this.#plan;
    const what = isChange(definition) ? 'reshare' : 'keygen';
    const end = { ceremony: definitionHash(definition), what, sid, ending, failure: this.#failure } as const;
    const path = `${this.#deps.folder}/transcript.jsonl`;
    const record = recordAt(this.#deps.disk, path);
    this.#deps.log()?.ceremony(ceremonyEvent(end, record), this.#subject(ending));
  }

  /** The key that is shared anew, or that was made. */
  #subject(ending: Ending | undefined): LogSubject {
    const before = this.#plan.previous?.record;
    if (before !== undefined) return { keyId: before.keyId, epochNo: before.epochNo };
    if (ending?.kind !== 'done' || ending.result.kind !== 'keygen') return noSubject;
    const { keyId, epochNo } = decode(epochCodec, ending.result.record);
    return { keyId, epochNo };
  }
}
