import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { concat, equalBytes } from '../../crypto/bytes.ts';
import { attempt, decode } from '../../crypto/codec.ts';
import {
  type Envelope,
  type Header,
  SIGNED_BYTES,
  envelopeKinds,
  parseSigned,
  plaintextHash,
  zero32,
} from '../kernel/envelope.ts';
import type { ExtensionOpening, Opened, ProductOpening } from '../kernel/evidence.ts';
import { viewOf } from '../kernel/notices.ts';
import { mapParties } from '../kernel/protocol.ts';
import { type Spec, partiesOf } from '../kernel/spec.ts';
import { baseOtAlice1, baseOtAlice2, baseOtBob, openRList, openYList } from '../ot/base-ot.ts';
import { rListIsProper, yListIsProper } from '../ot/checks.ts';
import { extensionAlice, extensionBob } from '../ot/extension.ts';
import { isLegalBatch } from '../params.ts';
import { type SeedOpening, type Shown, behindDirects, directsIn, isFrom } from '../replay.ts';
import * as checks from './checks.ts';
import { instanceAt, partsOf } from './instance.ts';
import { pairId } from './joint.ts';
import {
  type Extension,
  type Reveal,
  directBytes,
  extendCodec,
  revealCodec,
  roundNumbers,
} from './messages.ts';
import { productOf } from './pairs.ts';

/**
 * The judge of E5 and E6: it runs the accuser's own role again from the seed that the accuser has opened.
 * What comes out must be, byte for byte, what the accuser signed and the accused has confirmed to have
 * received; then the check is made again. Pure and without state: nodes, audit and tests run the same
 * functions.
 *
 * A party that has followed the protocol is never found guilty here. What it received from the accuser is
 * fixed by its own signed digest; on that it has answered as the protocol says; and such an answer passes the
 * check of whoever made the message from the seed. [protocol, 13.2, 13.3]
 */

/** Header and signature of a direct message, without its body. */
type SignedDirect = ReturnType<typeof parseSigned>;

/** One pair of one session, and what is shown of it. */
interface Pair {
  readonly shown: Shown;
  readonly sid: SessionId;
  readonly accuser: PartyIndex;
  readonly accused: PartyIndex;
  readonly directs: readonly SignedDirect[];
}

/**
 * What the re-execution proves against the accused; nothing, when the opening is not of this session, not
 * what was sent, or passes the check; or when the accuser had sent what forbids the opening.
 */
export function provenByOpening(shown: Shown, evidence: SeedOpening): string | undefined {
  const pair = pairOf(shown, evidence);
  if (pair === undefined || mayNotOpen(pair, evidence)) return undefined;
  return evidence.kind === 'extension-opening'
    ? provenByExtension(pair, evidence)
    : provenByProduct(pair, evidence);
}

/** Whose message to whom is in question: the accused's own direct message says it. */
function pairOf(shown: Shown, { envelopes, accused, kind }: SeedOpening): Pair | undefined {
  const { setup, spec } = shown;
  if (setup === undefined || !isLegalBatch(spec.batch)) return undefined;
  const directs = envelopes.flatMap((bytes) => {
    const signed = attempt(() => parseSigned(bytes.slice(0, SIGNED_BYTES)));
    const isIt = signed?.header.kind === envelopeKinds.direct && equalBytes(signed.header.sid, setup.sid);
    return isIt && isFrom(spec, signed) ? [signed] : [];
  });
  const round = kind === 'extension-opening' ? roundNumbers.extend : roundNumbers.multiply;
  const theirs = directs.find(({ header }) => header.round === round && header.from === accused);
  const accuser = partiesOf(spec).find((j) => j === theirs?.header.to);
  return accuser === undefined || accuser === accused
    ? undefined
    : { shown, sid: setup.sid, accuser, accused, directs };
}

/** Rules 0 and 2: no Δ is opened by who has multiplied with it, and nothing by who has confirmed. */
const mayNotOpen = ({ shown, accuser }: Pair, { kind }: SeedOpening): boolean =>
  shown.rounds
    .slice(kind === 'extension-opening' ? roundNumbers.multiply : roundNumbers.confirm)
    .some((round) => round.has(accuser));

/** The direct message of a round, if its sender's broadcast of that round names it, and nothing else. */
function directOf(
  { shown, directs }: Pair,
  round: number,
  from: PartyIndex,
  to: PartyIndex,
): SignedDirect | undefined {
  const broadcast = shown.rounds[round]?.get(from);
  const listed = broadcast && directsIn(undefined, shown.spec, broadcast)?.find((entry) => entry.to === to);
  const found = directs.find(
    ({ header }) => header.round === round && header.from === from && header.to === to,
  );
  return listed !== undefined && found !== undefined && equalBytes(listed.eid, found.eid) ? found : undefined;
}

/** v_r of the broadcasts that are shown; nothing unless all of every round are. */
function viewUpTo({ spec, rounds, setup }: Shown, last: number): Uint8Array | undefined {
  let view = zero32;
  for (let r = 0; r <= last; r++) {
    const round = rounds[r];
    if (setup === undefined || round?.size !== spec.participants.length) return undefined;
    view = viewOf(
      setup.sid,
      r,
      view,
      mapParties(round, (_, { eid }) => eid),
    );
  }
  return view;
}

/**
 * The accuser's own direct message of a round: only if the accused has signed, one round later, a digest of
 * exactly the broadcasts of which one names it. So an accuser cannot show another message than it sent.
 */
function attested(pair: Pair, round: number): SignedDirect | undefined {
  const { shown, accuser, accused } = pair;
  const view = viewUpTo(shown, round);
  const later = shown.rounds[round + 1]?.get(accused);
  const isConfirmed = view !== undefined && later !== undefined && equalBytes(later.header.view, view);
  return isConfirmed ? directOf(pair, round, accuser, accused) : undefined;
}

const opensTo = (header: Header, { salt, plaintext }: Opened): boolean =>
  equalBytes(plaintextHash(header, salt, plaintext), header.ph);

/** E5. The accuser is Alice; P6 is made again from her seed. */
function provenByExtension(pair: Pair, { seed, salt, answer }: ExtensionOpening): string | undefined {
  const { shown, sid, accuser, accused } = pair;
  const { batch } = shown.spec;
  const mine = attested(pair, roundNumbers.commit);
  const theirs = directOf(pair, roundNumbers.extend, accused, accuser);
  if (mine === undefined || theirs === undefined || !opensTo(theirs.header, answer)) return undefined;
  const sidAB = pairId(sid, accuser, accused);
  const alice = baseOtAlice1(sidAB, seed);
  if (!opensTo(mine.header, { salt, plaintext: alice.rList })) return undefined;
  const said = attempt((): Extension => decode(extendCodec(batch), answer.plaintext));
  const yList = said && openYList(said.yList);
  if (said === undefined || yList === undefined || !yListIsProper(yList))
    return 'its answer to the oblivious transfers does not have the form of its round (P5)';
  const { seeds } = baseOtAlice2(sidAB, alice, yList);
  const context = { sidAB, rList: alice.rList, yList: said.yList, batch };
  const { ok } = extensionAlice(context, { delta: alice.delta, seeds }, said.extension);
  return ok ? undefined : 'its oblivious transfers are not consistent with one another (P6)';
}

/** E6. The accuser is Bob; P10 to P12 of one instance are made again from his seed. */
function provenByProduct(pair: Pair, evidence: ProductOpening): string | undefined {
  const { shown, sid, accuser, accused } = pair;
  const { batch } = shown.spec;
  const { instance, offer, product, seed, salt } = evidence;
  const offered = directOf(pair, roundNumbers.commit, accused, accuser);
  const mine = attested(pair, roundNumbers.extend);
  const theirs = directOf(pair, roundNumbers.multiply, accused, accuser);
  const reveal = revealOf(shown.spec, shown.rounds[roundNumbers.multiply]?.get(accused));
  const isWhole = offered !== undefined && theirs !== undefined && instance < batch;
  if (!isWhole || mine === undefined || reveal === undefined) return undefined;
  if (!opensTo(offered.header, offer) || !opensTo(theirs.header, product)) return undefined;
  const sidAB = pairId(sid, accused, accuser);
  const rList = openRList(sidAB, offer.plaintext);
  if (!rListIsProper(rList)) return 'its offer of oblivious transfers is not proper (P4)';
  const base = baseOtBob(sidAB, seed, rList);
  const context = { sidAB, rList: rList.bytes, yList: base.yList, batch };
  const state = extensionBob(context, { bobSeed: seed, seeds: base.seeds });
  if (!opensTo(mine.header, { salt, plaintext: concat(base.yList, state.message) })) return undefined;
  const parts = partsOf(instanceAt(product.plaintext, instance));
  if (product.plaintext.length !== directBytes(batch).multiply || !checks.instanceIsCanonical(parts))
    return 'its multiplication does not have the form of its round (P9)';
  const [R, pk] = [reveal.R[instance], reveal.pk[instance]];
  if (R === undefined || pk === undefined) return undefined;
  const { verdict } = productOf({ sidAB, instance }, state, parts, [R, pk]);
  if (!verdict.isConsistent) return `its multiplication ${instance} does not agree with itself (P10)`;
  if (!verdict.isOfNonce) return `it multiplied another nonce than it published, in ${instance} (P11)`;
  return verdict.isOfKey ? undefined : `it multiplied another share than it published, in ${instance} (P12)`;
}

function revealOf({ batch, participants }: Spec, broadcast: Envelope | undefined): Reveal | undefined {
  const codec = behindDirects(revealCodec(batch), participants.length - 1);
  return broadcast && attempt(() => decode(codec, broadcast.body))?.rest;
}
