import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { bigintToBytes } from '../../crypto/bytes.ts';
import { type Point, type Scalar, actBase, actPublic } from '../../crypto/secp256k1.ts';
import { lagrangeAtZero } from '../../crypto/shamir.ts';
import { type EpochRecord, publicKeyOf, publicShareOf } from '../epoch.ts';
import { type Party, type PartyMap, at } from '../kernel/protocol.ts';
import { isSharedKey, showSharedKey } from '../kernel/shared-key.ts';
import * as checks from './checks.ts';
import { sumOfKeys } from './joint.ts';
import type { Confirmation, Fragments, PairProof, Reveal } from './messages.ts';
import { zeroFragment, zeroShareOf } from './secrets.ts';

/**
 * Who made P13 fail. Everybody says what shifted its share; a share of which that shift does not make the
 * registered one convicts its owner, and where two ends of a pair say different things, both show what they
 * share, from which anyone derives the one true value. Pure, and all of it public: the parties of a session,
 * the judge and the audit run these same functions. [protocol, 13.3 E7]
 */

/** What all of it is judged by. */
export interface SumCase {
  readonly sid: SessionId;
  /** The quorum, ascending. */
  readonly parties: readonly PartyIndex[];
  /** The epoch from the registry. */
  readonly record: EpochRecord;
  /** R3 of all. */
  readonly reveals: PartyMap<Reveal>;
  /** Ephemeral keys of R0, of all. */
  readonly epks: PartyMap<Point>;
  /** The first instance whose shares do not add up to the key; `undefined` where all do. */
  readonly failed: number | undefined;
}

/** The case, with P13 of all instances evaluated. */
export function sumCaseOf(facts: Omit<SumCase, 'failed'>): SumCase {
  const { reveals, record } = facts;
  const [first] = reveals.values();
  const sums = (first?.pk ?? []).map((_, s) => sumOfKeys(reveals, s));
  const failed = sums.findIndex((sum) => !checks.addsUpToKey(sum, publicKeyOf(record)));
  return { ...facts, failed: failed < 0 ? undefined : failed };
}

/** What we say in R4 of an instance that fails. */
export const fragmentsOf = ({ keys, sid, self, others }: Party, instance: number): Fragments => ({
  kind: 'fragments',
  instance,
  f: others.map((j) => zeroFragment(at(keys.sharedX, j), sid, [self, j], instance)),
});

/** f_{jk} as j has said it, by the other end k. The codec has fixed their number. */
const claimsOf = (parties: readonly PartyIndex[], j: PartyIndex, { f }: Fragments): PartyMap<Scalar> =>
  new Map(parties.filter((k) => k !== j).flatMap((k, n) => (f[n] === undefined ? [] : [[k, f[n]]])));

/**
 * Stops a party that multiplies and publishes, consistently, another share than its own: pk_j − ζ_j·G is
 * L_j·S_j of the registry, with ζ_j of what the party itself has said. [13.3 E7 step 2]
 */
export function explainsShare(
  { parties, record, reveals }: SumCase,
  j: PartyIndex,
  said: Fragments,
): boolean {
  const pk = at(reveals, j).pk[said.instance];
  const zeta = zeroShareOf(j, claimsOf(parties, j, said));
  const weighted = actPublic(lagrangeAtZero(j, parties), publicShareOf(record, j));
  return pk?.equals(weighted.add(actBase(zeta))) ?? false;
}

/**
 * Stops a party that confirms a batch whose shares do not add up, that disputes one whose shares do, or that
 * disputes another instance than all see; and whose own words do not explain its share.
 */
export function isHonestStatement(each: SumCase, j: PartyIndex, said: Confirmation): boolean {
  const { failed } = each;
  if (failed === undefined || said.kind === 'ok') return failed === undefined && said.kind === 'ok';
  return said.instance === failed && explainsShare(each, j, said);
}

/** With whom a party disagrees about their fragment, ascending. */
export function disputesOf(
  parties: readonly PartyIndex[],
  said: PartyMap<Fragments>,
  j: PartyIndex,
): readonly PartyIndex[] {
  const own = claimsOf(parties, j, at(said, j));
  return [...own].flatMap(([k, f]) => (claimsOf(parties, k, at(said, k)).get(j) === f ? [] : [k]));
}

/** What we show in R5: one entry for each pair of ours in dispute. */
export const proofsOf = (party: Party, said: PartyMap<Fragments>): readonly PairProof[] =>
  disputesOf(party.parties, said, party.self).map((peer) => ({ peer, ...showSharedKey(party, peer) }));

/**
 * Stops a party that has said another fragment than the one that its pair has, or that does not show what its
 * pair shares. Of two ends that disagree and both pass the proof, exactly one has said the truth. [E7 step 1]
 */
export function isHonestProof(
  { sid, parties, epks }: SumCase,
  said: PartyMap<Fragments>,
  j: PartyIndex,
  proofs: readonly PairProof[],
): boolean {
  const disputed = disputesOf(parties, said, j);
  if (proofs.length !== disputed.length || proofs.some(({ peer }, n) => peer !== disputed[n])) return false;
  const statement = at(said, j);
  const claims = claimsOf(parties, j, statement);
  return proofs.every(({ peer, ...shared }) => {
    if (!isSharedKey({ sid, epks }, { shownBy: j, peer }, shared)) return false;
    const f = zeroFragment(bigintToBytes(shared.D.x, 32), sid, [j, peer], statement.instance);
    return claims.get(peer) === f;
  });
}

/** The fragments of all, where all have said some. */
export function allFragments(said: PartyMap<Confirmation>): PartyMap<Fragments> | undefined {
  const found = [...said].flatMap(([j, one]) => (one.kind === 'fragments' ? [[j, one] as const] : []));
  return found.length === said.size ? new Map(found) : undefined;
}
