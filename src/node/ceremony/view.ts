import { type Lock, lockHash } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { addressOf } from '../../ethereum/address.ts';
import {
  type ChangeDefinition,
  type SignedDefinition,
  definitionHash,
  isChange,
  seatsOf,
} from '../../protocols/ceremony/definition.ts';
import { publicKeyOf } from '../../protocols/epoch.ts';
import type { CeremonyState, CeremonyView, NodeStanding } from '../api.ts';
import type { Made } from './attempt.ts';
import type { ChangeProgress } from './course.ts';

/** Where a ceremony is, and what has come of it. */
export interface Standing {
  readonly state: CeremonyState;
  readonly attempt: number;
  readonly folder: string;
  readonly made: Made | undefined;
  /** Once it is complete. */
  readonly lock: Lock | undefined;
  readonly failure: string | undefined;
  readonly self?: PartyIndex | undefined;
  /** Of an epoch change. */
  readonly progress?: ChangeProgress | undefined;
}

/** A ceremony as its operator sees it. */
export function viewOf({ definition, signatures }: SignedDefinition, standing: Standing): CeremonyView {
  const { state, attempt, folder, made, lock, failure } = standing;
  const { name, required, committee } = definition;
  const hasSigned = (identity: Uint8Array): boolean =>
    signatures.some(({ identityPk }) => equalBytes(identityPk, identity));
  return {
    ...{ id: to0x(definitionHash(definition)), name, required, state, attempt },
    members: committee.map((seat) => ({
      index: seat.index,
      name: seat.name,
      hasSigned: hasSigned(seat.identityPk),
    })),
    folder,
    address: made && addressOf(publicKeyOf(made.record)),
    lockHash: lock && to0x(lockHash(lock)),
    transcriptRoot: made && to0x(made.root),
    failure,
    ...(isChange(definition) && {
      change: changeOf(definition),
      standings: standingsOf({ definition, signatures }, standing),
    }),
  };
}

const changeOf = ({ ceremony, key: { epochNo } }: ChangeDefinition): NonNullable<CeremonyView['change']> => ({
  kind: ceremony,
  before: String(epochNo),
  after: String(epochNo + 1),
});

/** What is known of everybody: of ourselves what is so, of the others what they have proven. */
function standingsOf(
  { definition, signatures }: SignedDefinition,
  { state, self, progress = { acks: [], commits: [], active: [] } }: Standing,
): readonly NodeStanding[] {
  const { change, key } = definition;
  return seatsOf(definition).map(({ index, name, identityPk }) => {
    const hasSigned = signatures.some((one) => equalBytes(one.identityPk, identityPk));
    const isActive = progress.active.includes(index);
    const heldShare = change?.joining.includes(index) !== true && change?.lost.includes(index) !== true;
    const epoch = isActive
      ? String((key?.epochNo ?? 0) + 1)
      : heldShare
        ? String(key?.epochNo ?? 0)
        : undefined;
    if (!hasSigned && index !== self) return { index, name };
    return {
      index,
      name,
      state: index === self ? state : proven(progress, index),
      hasPending: !isActive && progress.acks.includes(index),
      hasCommitLock: progress.commits.includes(index),
      epoch,
    };
  });
}

function proven({ acks, commits, active }: ChangeProgress, index: PartyIndex): CeremonyState {
  if (active.includes(index)) return 'checking';
  if (commits.includes(index)) return 'committed';
  return acks.includes(index) ? 'prepared' : 'accepted';
}
