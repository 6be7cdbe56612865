import { type Lock, lockHash } from '../../chain/lock.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { addressOf } from '../../ethereum/address.ts';
import { type SignedDefinition, definitionHash } from '../../protocols/ceremony/definition.ts';
import { publicKeyOf } from '../../protocols/epoch.ts';
import type { CeremonyState, CeremonyView } from '../api.ts';
import type { Made } from './attempt.ts';

/** Where a ceremony is, and what has come of it. */
export interface Standing {
  readonly state: CeremonyState;
  readonly attempt: number;
  readonly folder: string;
  readonly made: Made | undefined;
  /** Once it is complete. */
  readonly lock: Lock | undefined;
  readonly failure: string | undefined;
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
  };
}
