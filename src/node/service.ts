import type { Lock } from '../chain/lock.ts';
import type { Definition } from '../protocols/ceremony/definition.ts';
import type { KeyContext } from './key-context.ts';
import type { KeyRuntime } from './key-runtime.ts';
import type { Membership } from './membership.ts';

/** What ceremonies change about a node. */
export interface Service {
  /** Of the epoch in service. */
  readonly lock: () => Lock | undefined;
  readonly key: () => KeyContext | undefined;
  readonly membership: () => Membership | undefined;
  /** Links to everybody whom the plan names: consent to be reached, not yet to take part. */
  readonly connect: (definition: Definition) => Promise<void>;
  /** Puts a key to use, with its lock once that counts. */
  readonly serve: (key: KeyContext, lock: Lock | undefined) => KeyRuntime;
  /** The epoch has changed: who is not in it any more is let go. */
  readonly changed: (lock: Lock) => void;
  /** The key goes on without this node. */
  readonly left: () => void;
  /** Something happened after which this node must not go on. */
  readonly halt: (code: string) => void;
}
