import { decodeRequest, isTest } from '../chain/duty.ts';
import { partyIndex } from '../crypto/brand.ts';
import { to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import type { Clock } from '../system/ports.ts';
import type { SignOptions, SignReport } from './api.ts';
import type { Signed } from './coordinator.ts';
import type { KeyRuntime } from './key-runtime.ts';
import type { Membership } from './membership.ts';
import type { Records } from './records.ts';
import { isOrdinary } from './supervise.ts';

/** What requests of operators and submitters work with. */
export interface RequestsDeps {
  readonly clock: Clock;
  readonly records: Records;
  readonly isStopped: () => boolean;
  /** With the key in service; `undefined` while there is none. */
  readonly membership: () => Membership | undefined;
}

/** How often a request looks whether the next epoch is in service. */
const THAW_MS = 50;

interface InService {
  readonly membership: Membership;
  readonly runtime: KeyRuntime;
  readonly bytesSent: number;
}

/** Requests to sign, from the socket of this node to the epoch in service, whichever that is by then. */
export class Requests {
  readonly #deps: RequestsDeps;

  constructor(deps: RequestsDeps) {
    this.#deps = deps;
  }

  /** As `NodeApi.sign`. */
  readonly sign = async (bytes: Uint8Array, options: SignOptions): Promise<SignReport> => {
    const { clock, membership: current } = this.#deps;
    let request = decodeRequest(bytes);
    const endMs = clock.monotonicMs() + options.deadlineMs;
    for (let asked = current()?.runtime?.key.record.epochNo; ;) {
      const { membership, runtime, bytesSent } = await this.#inService(endMs);
      const { epochNo } = runtime.key.record;
      // What is signed stays the same; the epoch says only with which shares.
      if (!isTest(request) && request.keyEpoch === asked) request = { ...request, keyEpoch: epochNo };
      asked = epochNo;
      try {
        const signed = await runtime.sign(request, {
          deadlineMs: Math.max(endMs - clock.monotonicMs(), 1),
          onProgress: options.onProgress,
          signers:
            options.signers && [...options.signers].sort((a, b) => a - b).map((index) => partyIndex(index)),
        });
        return this.#reportOf(signed, membership.bytesSent - bytesSent);
      } catch (error) {
        // The epoch has changed under the request: the same request, in the next one.
        const isOver = runtime.key.gate.isFrozen || current()?.runtime !== runtime;
        if (!isOrdinary(error) || !isOver || clock.monotonicMs() >= endMs) throw error;
      }
    }
  };

  /** The key, as soon as it may sign. @throws OperationError no-key | ceremony-in-progress | node-stopped */
  async #inService(endMs: number): Promise<InService> {
    const { clock, isStopped } = this.#deps;
    for (;;) {
      const membership = this.#deps.membership();
      const runtime = membership?.runtime;
      if (isStopped()) throw stopped();
      if (membership === undefined || runtime === undefined)
        throw new OperationError('no-key', 'fatal', 'this node has no key in service: run a ceremony first');
      if (!runtime.key.gate.isFrozen) return { membership, runtime, bytesSent: membership.bytesSent };
      const what = 'the certificate of the next epoch is awaited';
      if (clock.monotonicMs() >= endMs) throw new OperationError('ceremony-in-progress', 'retry', what);
      await new Promise<void>((resolve) => void clock.after(THAW_MS, resolve));
    }
  }

  #reportOf(signed: Signed, bytesSent: number): SignReport {
    const { requestId, signature, signers, attempt, isWarm, phasesMs, presigId } = signed;
    return {
      requestId: to0x(requestId),
      signature: to0x(signature),
      ...{ signers, attempts: attempt, isWarm, phasesMs, bytesSent },
      folder: this.#deps.records.folderOf(requestId, attempt, presigId),
    };
  }
}

/** Nothing is done any more. */
export const stopped = (): OperationError =>
  new OperationError('node-stopped', 'fatal', 'this node has been stopped');
