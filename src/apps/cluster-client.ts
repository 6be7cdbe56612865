import { fromHex, to0x } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { isOrdinary } from '../node/supervise.ts';
import type { Cluster } from '../services/l1/service.ts';
import { askAdmin } from './admin-client.ts';
import { nodeStatus, signReport } from './admin-protocol.ts';

/** The signers of this machine whose admin sockets are asked, best first. */
export interface ClusterClientOptions {
  readonly dataDirs: readonly string[];
  /** Milliseconds that a signature may take. */
  readonly deadlineMs: number;
}

/** Codes of a node that is not there: another one may be. */
const DOWN: ReadonlySet<string> = new Set(['no-node', 'node-starting', 'node-stopped', 'no-key']);

/**
 * Codes of a node that holds something else, or nothing, in its own guard. Who leads a request is a holder
 * of it: another may lead where this one may not, and each guard decides for itself.
 */
const HELD: ReadonlySet<string> = new Set(['guard-conflict', 'below-watermark']);

/**
 * The cluster behind the admin sockets of one or more signers. Whoever answered last is asked first;
 * where one is down, or bound by its own guard, the next leads the request. Any other refusal is the word of
 * the cluster, and is not taken to another node.
 */
export function clusterClient({ dataDirs, deadlineMs }: ClusterClientOptions): Cluster {
  let first = 0;
  const anyOf = async <T>(ask: (dataDir: string) => Promise<T>): Promise<T> => {
    let refusal: unknown;
    let last: unknown = new OperationError('no-node', 'retry', 'no data folder of a signer is named');
    for (let i = 0; i < dataDirs.length; i++) {
      const at = (first + i) % dataDirs.length;
      try {
        const answer = await ask(dataDirs[at] ?? '');
        first = at;
        return answer;
      } catch (error) {
        if (!isOrdinary(error) || !(DOWN.has(error.code) || HELD.has(error.code))) throw error;
        if (HELD.has(error.code)) refusal = error;
        last = error;
      }
    }
    throw refusal ?? last;
  };
  return {
    key: () =>
      anyOf(async (dataDir) => {
        const { key } = nodeStatus.parse(await askAdmin(dataDir, 'status'));
        if (key === undefined) throw new OperationError('no-key', 'retry', `${dataDir} has no key yet`);
        return { keyId: bytesIn(key.keyId, 'keyId'), keyEpoch: Number(key.epoch) };
      }),
    sign: (request) =>
      anyOf(async (dataDir) => {
        const args = { request: to0x(request), deadlineMs };
        const report = signReport.parse(await askAdmin(dataDir, 'sign', { args }));
        return bytesIn(report.signature, 'signature');
      }),
  };
}

function bytesIn(hex: string, path: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new InputError('admin-protocol', path, `${path} is not hex`);
  return bytes;
}
