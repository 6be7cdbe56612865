import type { RequestTools } from '../chain/request-checks.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import type { Definition } from '../protocols/ceremony/definition.ts';
import type { Clock, Disk, Log, Network, Workers } from '../system/ports.ts';
import type { NodeApi } from './api.ts';
import type { RefreshOptions } from './epochs/refresh.ts';
import type { GuardLimits } from './guard-rules.ts';
import type { Identity } from './identity.ts';
import type { PresignLevels } from './key-runtime.ts';
import type { HeadCadence } from './log/own-heads.ts';
import type { ManifestStore } from './manifest.ts';
import type { L1View, Policy } from './policy/verdict.ts';
import type { MasterKey } from './sealed-file.ts';

/** What a node is. */
export interface NodeOptions {
  readonly identity: Identity;
  /** For people: the nickname, or the two words of the key. */
  readonly name: string;
  readonly network: Definition['network'];
  /** Folders in the data folder. */
  readonly folders: {
    readonly keys: string;
    readonly ceremonies: string;
    readonly records: string;
    readonly wal: string;
  };
  readonly policy: Policy;
  readonly guardLimits: GuardLimits;
  readonly levels: PresignLevels;
  /** `host:port` of the links. */
  readonly listenAddress: string;
  /** How long one round of an online session may take. */
  readonly roundTimeoutMs: number;
  /** How long a request waits for members that have no link yet, in milliseconds; 5 s if left out. */
  readonly patienceMs?: number;
  /** When shares are refreshed; left out: never. */
  readonly refresh?: RefreshOptions | undefined;
  /** When heads of the signature log are made; 64 entries or a minute if left out. */
  readonly headCadence?: HeadCadence | undefined;
  readonly version: string;
  /** Which primitives run, for the status. */
  readonly primitives: string;
  /** At least 32 secret bytes that only this node has: its randomness is mixed with them. */
  readonly nodeSecret: Uint8Array;
}

/** What a node works with. */
export interface NodeDeps {
  readonly disk: Disk;
  readonly manifest: ManifestStore;
  readonly master: MasterKey;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly workers: Workers;
  /** Fresh randomness of the operating system. */
  readonly fresh: Rng;
  readonly tools: RequestTools;
  /** What is seen on L1, `undefined` without an endpoint. */
  readonly l1View: () => L1View | undefined;
}

/** A node that can be started and stopped. */
export interface RunnableNode extends NodeApi {
  /**
   * Loads the key, if there is one, and connects. @throws InputError for missing or damaged state, with the
   * remedy
   */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
