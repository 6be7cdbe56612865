import type { PartyIndex } from '../../crypto/brand.ts';
import type { EpochRecord } from '../epoch.ts';
import type { ReshareTerms } from '../kernel/spec.ts';
import {
  type ChangeDefinition,
  type SignedDefinition,
  isChange,
  isFullySigned,
  signersOf,
} from './definition.ts';

/** Members of the epoch before that can deal: all but those whose share is lost. */
export const holdersOf = ({ change }: ChangeDefinition, old: EpochRecord): readonly PartyIndex[] =>
  old.members.map(({ index }) => index).filter((index) => !change.lost.includes(index));

/**
 * Whether an epoch change may be carried out: everybody has signed who is to hold a share afterwards, and so
 * many of those who hold one now that they could sign. Stops fewer than that from giving the key away.
 * @param old the epoch from which it starts, from the registry
 */
export function isApproved(signed: SignedDefinition, old: EpochRecord): boolean {
  const { definition } = signed;
  if (!isChange(definition)) return false;
  const signers = signersOf(signed);
  const dealing = holdersOf(definition, old).filter((index) => signers.includes(index));
  return isFullySigned(signed) && dealing.length >= old.threshold;
}

/**
 * Who deals, who receives, and how many of these will sign: what the session of an epoch change is about.
 * @param takingPart who has signed the definition and is there; others do not deal
 */
export const termsOf = (
  definition: ChangeDefinition,
  old: EpochRecord,
  takingPart: readonly PartyIndex[],
): ReshareTerms => ({
  dealers: holdersOf(definition, old).filter((index) => takingPart.includes(index)),
  members: definition.committee.map(({ index }) => index),
  threshold: definition.required,
});
