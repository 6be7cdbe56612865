import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { type EpochRecord, epochIdOf } from '../../protocols/epoch.ts';
import {
  type Commit,
  type Committed,
  type Prepared,
  certHashOf,
  commitsTwice,
  isCommitOf,
} from '../../protocols/reshare/activation.ts';
import type { ActivationMessage } from './messages.ts';

/** A member that has committed to two successors of one epoch, and what proves it. */
export interface DoubleCommit {
  /** The epoch that was to be left. */
  readonly old: EpochRecord;
  readonly first: Committed;
  readonly second: Committed;
}

/** Most attempts of one epoch that are watched: each was a ceremony that people agreed to. */
const MAX_ATTEMPTS = 256;
/** Epochs that are watched: the one in service, and the one before, whose late COMMITs still arrive. */
const MAX_EPOCHS = 2;

interface Watched {
  readonly old: EpochRecord;
  /** By the hash of its certificate. */
  readonly attempts: Map<string, Prepared>;
  /** The first COMMIT of each member. */
  readonly commits: Map<PartyIndex, Committed>;
  /** Who was told of already. */
  readonly told: Set<PartyIndex>;
}

/**
 * Compares the COMMITs that pass this node, also those for attempts that came to nothing: with enough members
 * that commit twice the key would have two successors, and only who sees both can say so. [protocol, 12.5
 * rule 5]
 */
export class CommitWatch {
  /** The newest last. */
  #epochs: readonly Watched[] = [];

  /** An attempt that this node has prepared: of others a COMMIT does not say what it is about. */
  learn(old: EpochRecord, prepared: Prepared): void {
    this.#learn(this.#watched(old), prepared);
  }

  /** Takes a message, true or false. Returns what it proves, once for each member. */
  hear(message: ActivationMessage): readonly DoubleCommit[] {
    if (message.kind === 'activation') {
      const { prepared, commits } = message.certificate;
      const watched = this.#epochs.find(({ old }) => isAfter(old, prepared));
      if (watched === undefined) return [];
      // Room is for what somebody has committed to: whoever likes can make up what nobody prepared. Who was
      // told of commits to anything, and would use it up.
      const good = commits
        .filter(({ index }) => !watched.told.has(index))
        .filter((commit) => isCommitOf(watched.old, certHashOf(prepared), commit));
      if (good.length > 0) this.#learn(watched, prepared);
      return good.flatMap((commit) => this.#compare(watched, { prepared, commit }));
    }
    if (message.kind !== 'commit') return [];
    const name = toHex(message.certHash);
    return this.#epochs.flatMap((watched) => {
      const prepared = watched.attempts.get(name);
      return prepared === undefined ? [] : this.#heard(watched, { prepared, commit: message.commit });
    });
  }

  #watched(old: EpochRecord): Watched {
    const id = epochIdOf(old);
    const known = this.#epochs.find((one) => equalBytes(epochIdOf(one.old), id));
    if (known !== undefined) return known;
    const made: Watched = { old, attempts: new Map(), commits: new Map(), told: new Set() };
    const all = [...this.#epochs, made].sort((a, b) => a.old.epochNo - b.old.epochNo);
    this.#epochs = all.slice(-MAX_EPOCHS);
    return made;
  }

  #learn({ attempts }: Watched, prepared: Prepared): void {
    if (attempts.size < MAX_ATTEMPTS) attempts.set(toHex(certHashOf(prepared)), prepared);
  }

  #heard(watched: Watched, one: Committed): readonly DoubleCommit[] {
    const known = watched.commits.get(one.commit.index);
    if (known !== undefined && equalBytes(certHashOf(known.prepared), certHashOf(one.prepared))) return [];
    const isGood = isCommitOf(watched.old, certHashOf(one.prepared), one.commit);
    return isGood ? this.#compare(watched, one) : [];
  }

  /** @param second its signature is good */
  #compare({ old, commits, told }: Watched, second: Committed): readonly DoubleCommit[] {
    const { index }: Commit = second.commit;
    const first = commits.get(index);
    if (first === undefined) commits.set(index, second);
    if (first === undefined || told.has(index) || !commitsTwice(old, first, second)) return [];
    told.add(index);
    return [{ old, first, second }];
  }
}

const isAfter = (old: EpochRecord, { record }: Prepared): boolean =>
  equalBytes(record.prevEpochId, epochIdOf(old));
