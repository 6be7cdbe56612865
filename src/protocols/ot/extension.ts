import { bitAt, transposeBits } from '../../crypto/bits.ts';
import { concat, u32, wipe } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { foldRows } from '../../crypto/gf128.ts';
import { expand, taggedHash } from '../../crypto/hash.ts';
import { primitives } from '../../crypto/primitives.ts';
import { tags } from '../../crypto/tags.ts';
import { blockCount, isLegalBatch, lambda, otCount, rowBytes } from '../params.ts';
import { seedBytes } from './base-ot.ts';
import { extensionRowsAgree } from './checks.ts';
import { checkBytes, extensionBytes, pointListBytes } from './messages.ts';

/**
 * 128 base OTs become 416·B correlated ones, with one message from Bob and a check whose challenge is a hash
 * of everything he said. [Roy, SoftSpokenOT, CRYPTO 2022, k = 1; Keller, Orsini, Scholl, CRYPTO 2015;
 * protocol, 7.3]
 */

/** The public part of a pair's base OTs and the size of the batch: both roles bind them. */
export interface ExtensionContext {
  readonly sidAB: Uint8Array;
  /** 8,448 bytes, as on the wire. */
  readonly rList: Uint8Array;
  /** 8,448 bytes, as on the wire. */
  readonly yList: Uint8Array;
  /** B, the number of multiplications. */
  readonly batch: number;
}

/** Bob's correlated OTs. Secret but for `message` and `dig`; `wipe` it before R4 is sent. */
export interface ExtensionBob {
  /** U ‖ x̂ ‖ t̂, what Bob sends behind the Y list. */
  readonly message: Uint8Array;
  /** 32 bytes that bind the base OTs and U. */
  readonly dig: Uint8Array;
  readonly batch: number;
  /** x', L'/8 bytes: bit j is the choice β_j. */
  readonly choices: Uint8Array;
  /** t_j, 16 bytes each. */
  readonly columns: Uint8Array;
  readonly wipe: () => void;
}

/** Alice's correlated OTs: q_j = t_j ⊕ β_j·Δ. Secret but for `dig`; `wipe` it before R3 is sent. */
export interface ExtensionAlice {
  /** P6. When false, nothing that depends on Δ is sent, and the session ends. */
  readonly ok: boolean;
  readonly dig: Uint8Array;
  readonly batch: number;
  /** Δ, 16 bytes, a copy. */
  readonly delta: Uint8Array;
  /** q_j, 16 bytes each. */
  readonly columns: Uint8Array;
  readonly wipe: () => void;
}

/**
 * dig covers the base OTs too: otherwise Bob could learn the challenge first and choose Y, hence T, after
 * it.
 */
const digestOf = ({ sidAB, rList, yList }: ExtensionContext, u: Uint8Array): Uint8Array =>
  taggedHash(tags.oteDig, sidAB, rList, yList, u);

const challenges = (dig: Uint8Array, batch: number): readonly Uint8Array[] =>
  Array.from({ length: blockCount(batch) }, (_, j) =>
    taggedHash(tags.oteChi, dig, u32(j)).subarray(0, checkBytes),
  );

/**
 * T_{i,b} of a seed, L'/8 bytes. The seed is hashed with its place first: equal seeds would not give equal
 * rows.
 */
function prgRow(
  sidAB: Uint8Array,
  place: { i: number; b: number },
  seed: Uint8Array,
  batch: number,
): Uint8Array {
  const key = taggedHash(tags.otePrg, sidAB, u32(place.i), u32(place.b), seed).subarray(0, 16);
  const row = primitives().aes128Ctr(key, rowBytes(batch));
  wipe(key);
  return row;
}

/** target ^= source, in bytes. Every row begins at a multiple of 16. */
function xorRow(target: Uint8Array, source: Uint8Array): void {
  for (let k = 0; k < target.length; k++) target[k] = (target[k] ?? 0) ^ (source[k] ?? 0);
}

/** target ^= bit · source, without a branch on the bit. */
function xorMaskedRow(target: Uint8Array, source: Uint8Array, bit: number): void {
  const mask = -bit & 0xff;
  for (let k = 0; k < target.length; k++) target[k] = (target[k] ?? 0) ^ (mask & (source[k] ?? 0));
}

const seedAt = (seeds: Uint8Array, n: number): Uint8Array =>
  seeds.subarray(seedBytes * n, seedBytes * (n + 1));

function assertContext({ batch, rList, yList }: ExtensionContext): void {
  assert(isLegalBatch(batch), `a batch of ${batch}`);
  assert(rList.length === pointListBytes && yList.length === pointListBytes, 'point lists of another length');
}

/**
 * The OT columns of a matrix of 128 rows, 16 bytes each, in order of j; padding and mask bits are left out.
 */
const columnsOf = (rows: Uint8Array, batch: number): Uint8Array =>
  transposeBits(rows, rowBytes(batch), otCount(batch));

/**
 * Steps 1 to 6. The choice bits come from the role seed, fresh for every pair and session.
 * @param secrets seeds of the base OTs at 2i + b, 16 bytes each, and the role seed
 */
export function extensionBob(
  context: ExtensionContext,
  secrets: { readonly bobSeed: Uint8Array; readonly seeds: Uint8Array },
): ExtensionBob {
  assertContext(context);
  const { sidAB, batch } = context;
  const length = rowBytes(batch);
  const choices = expand(tags.oteX, length, sidAB, secrets.bobSeed);
  const t = new Uint8Array(lambda * length);
  const u = new Uint8Array(lambda * length);
  for (let i = 0; i < lambda; i++) {
    t.set(prgRow(sidAB, { i, b: 0 }, seedAt(secrets.seeds, 2 * i), batch), length * i);
    const row = u.subarray(length * i, length * (i + 1));
    row.set(prgRow(sidAB, { i, b: 1 }, seedAt(secrets.seeds, 2 * i + 1), batch));
    xorRow(row, t.subarray(length * i, length * (i + 1)));
    xorRow(row, choices);
  }
  const dig = digestOf(context, u);
  const h = challenges(dig, batch);
  const message = concat(u, foldRows(choices, h), foldRows(t, h));
  const columns = columnsOf(t, batch);
  wipe(t);
  return { message, dig, batch, choices, columns, wipe: () => wipe(choices, columns) };
}

/**
 * Step 7. Evaluates everything, then says in `ok` whether Bob used one choice vector in all rows.
 * @param secrets Δ, and the seeds of its branches, 16 bytes each
 * @throws Bug unless the message has the length of the batch
 */
export function extensionAlice(
  context: ExtensionContext,
  secrets: { readonly delta: Uint8Array; readonly seeds: Uint8Array },
  message: Uint8Array,
): ExtensionAlice {
  assertContext(context);
  const { sidAB, batch } = context;
  assert(message.length === extensionBytes(batch), `an extension message of ${message.length} bytes`);
  const length = rowBytes(batch);
  const u = message.subarray(0, lambda * length);
  const rows = new Uint8Array(lambda * length);
  for (let i = 0; i < lambda; i++) {
    const b = bitAt(secrets.delta, i);
    const row = rows.subarray(length * i, length * (i + 1));
    row.set(prgRow(sidAB, { i, b }, seedAt(secrets.seeds, i), batch));
    xorMaskedRow(row, u.subarray(length * i, length * (i + 1)), b);
  }
  const dig = digestOf(context, u);
  const qHat = foldRows(rows, challenges(dig, batch));
  const [xHat, tHat] = [
    message.subarray(u.length, u.length + checkBytes),
    message.subarray(u.length + checkBytes),
  ];
  const ok = extensionRowsAgree({ delta: secrets.delta, qHat, xHat, tHat });
  const columns = columnsOf(rows, batch);
  const delta = secrets.delta.slice();
  wipe(rows, qHat);
  return { ok, dig, batch, delta, columns, wipe: () => wipe(delta, columns) };
}
