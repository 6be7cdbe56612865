import { encode } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import { envelopeKinds, parseEnvelope } from '../../protocols/kernel/envelope.ts';
import { withFirst } from '../../protocols/kernel/endings.ts';
import { encodeEvidence } from '../../protocols/kernel/evidence.ts';
import type { Outgoing, SessionState } from '../../protocols/kernel/session-state.ts';
import type { Session } from '../../protocols/kernel/session.ts';
import { specCodec } from '../../protocols/kernel/spec.ts';
import { type RunningJob, startJob } from './jobs.ts';
import type { Ending, HostCommand, HostEvent, JobResult } from './messages.ts';

/** Most sessions that may live in one host at a time. */
export const MAX_SESSIONS = 64;

/** What a host needs: where its events go, and randomness for one session. */
export interface HostDeps {
  readonly emit: (event: HostEvent) => void;
  readonly rngFor: (label: string, sessionName: Uint8Array) => Rng;
}

/** Runs sessions from plain messages, in whichever thread it stands. */
export class SessionHost {
  readonly #deps: HostDeps;
  readonly #running = new Map<string, Hosted>();

  constructor(deps: HostDeps) {
    this.#deps = deps;
  }

  /** Takes one command; what follows from it is emitted before this returns. Unknown ids are passed over. */
  handle(command: HostCommand): void {
    if (command.kind === 'start') {
      assert(this.#running.size < MAX_SESSIONS, `more than ${MAX_SESSIONS} sessions in one host`);
      const job = startJob(command.job, this.#deps.rngFor);
      this.#running.set(command.id, { job, others: job.session.size - 1, hasEnded: false, asked: undefined });
      this.#deliver(command.id, job.session.start());
      return;
    }
    const hosted = this.#running.get(command.id);
    if (hosted === undefined) return;
    switch (command.kind) {
      case 'receive':
        this.#deliver(command.id, hosted.job.session.receive(command.bytes));
        break;
      case 'persisted':
        // It may have ended while its caller was at the disk: the answer is then late, and nothing is wrong.
        if (hosted.job.session.state.kind === 'persisting')
          this.#deliver(command.id, hosted.job.session.persisted());
        break;
      case 'abort':
        this.#deliver(command.id, hosted.job.session.abort(command.code));
        break;
      case 'release':
        this.#close(command.id, hosted);
        break;
      case 'mark':
        this.#deps.emit({ kind: 'marked', id: command.id });
        break;
    }
  }

  #deliver(id: string, out: readonly Outgoing[]): void {
    for (const [i, { to, bytes }] of out.entries())
      this.#deps.emit({ kind: 'send', id, to, bytes, ...(i < out.length - 1 && { hasMore: true }) });
    const hosted = this.#running.get(id);
    if (hosted === undefined) return;
    if (!hosted.hasEnded) this.#report(id, hosted);
    // Everybody's close makes the transcript complete; a peer that does not send one is not waited for here.
    if (hosted.hasEnded && closesIn(hosted.job.session) > hosted.others) this.#close(id, hosted);
  }

  #report(id: string, hosted: Hosted): void {
    const { state } = hosted.job.session;
    switch (state.kind) {
      case 'waiting': {
        const { round, name, awaiting } = state;
        this.#deps.emit({ kind: 'progress', id, round, name, awaiting });
        break;
      }
      case 'persisting':
        // Asked once: messages of others that come meanwhile leave the state as it is.
        if (hosted.asked === state.bytes) break;
        hosted.asked = state.bytes;
        this.#deps.emit({ kind: 'persist', id, bytes: state.bytes });
        break;
      case 'done':
      case 'aborted':
        hosted.hasEnded = true;
        this.#deps.emit({
          kind: 'ended',
          id,
          ending: endingOf(state, hosted.job.session.transcript().broadcasts[0] ?? []),
        });
        hosted.job.wipe();
        break;
    }
  }

  #close(id: string, { job }: Hosted): void {
    this.#running.delete(id);
    const { spec, sid, broadcasts, notices } = job.session.transcript();
    this.#deps.emit({
      kind: 'closed',
      id,
      transcript: { spec: encode(specCodec, spec), sid, broadcasts, notices },
    });
  }
}

interface Hosted {
  readonly job: RunningJob;
  readonly others: number;
  hasEnded: boolean;
  /** What its caller has been asked to make durable. */
  asked: Uint8Array | undefined;
}

const closesIn = (session: Session<JobResult>): number =>
  session.transcript().notices.filter((bytes) => parseEnvelope(bytes).header.kind === envelopeKinds.close)
    .length;

/** Evidence goes with round 0, from which the session id follows: so it convinces whoever was not there. */
function endingOf(
  state: Extract<SessionState<JobResult>, { kind: 'done' | 'aborted' }>,
  setup: readonly Uint8Array[],
): Ending {
  if (state.kind === 'done') return { kind: 'done', root: state.root, result: state.output };
  const { code, check, grade, culprits, evidence } = state.abort;
  const whole = evidence && { ...evidence, envelopes: withFirst(evidence.envelopes, setup) };
  return { kind: 'aborted', code, check, grade, culprits, evidence: whole && encodeEvidence(whole) };
}
