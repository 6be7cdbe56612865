import { to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import type { Address } from '../ethereum/address.ts';
import { type CheckTable, type Report, type Result, reportOf, skip, unless } from './report.ts';
import type { SignedBatch } from './signed-batch.ts';

/** What is compared between all that a key has signed and all that L1 has of its account. */
export const reconcileChecks: CheckTable = {
  N1: {
    title: 'all known',
    meaning:
      'Every transaction of the account on L1 was signed by a session that is here: the key did no more.',
  },
  N2: {
    title: 'as signed',
    meaning:
      'Where sessions have signed for a transaction number, L1 holds what one of them signed, byte for byte.',
  },
  N3: {
    title: 'nonces once',
    meaning:
      'No two signatures of the key share a secret number, neither here nor on L1: two give the key away.',
  },
};

/** An account whose transactions are all to be accounted for. */
export interface Account {
  readonly address: Address;
  readonly l1ChainId: bigint;
  /**
   * How many more members must give their logs, so that no group can have signed without one of them. Above
   * zero, what is not here may be with others, and proves nothing.
   */
  readonly missing: number;
}

/** A transaction as a block holds it. */
export interface SentL1 {
  /** 32 bytes */
  readonly hash: Uint8Array;
  readonly from: Address;
  readonly nonce: bigint;
  /** Of its signature. */
  readonly r: bigint;
}

/** What of L1 is asked. Every call may throw OperationError l1-unreachable. */
export interface ReconciledL1 {
  /** Number of the block up to which L1 is looked at. */
  readonly head: () => Promise<bigint>;
  /** How many transactions an account has sent up to a block, with it. */
  readonly nonceAt: (account: Address, block: bigint) => Promise<bigint>;
  /** The block that holds a transaction; `undefined` where none does. */
  readonly minedIn: (txHash: Uint8Array) => Promise<bigint | undefined>;
  /** All transactions of a block. */
  readonly sentIn: (block: bigint) => Promise<readonly SentL1[]>;
}

/** Questions at a time. */
const AT_ONCE = 16;
/** Transactions that are looked for one by one, at most: each costs some thirty questions. */
const MAX_LOOKED_FOR = 256;
/** Transactions of one account, at most. */
const MAX_NONCES = 1_000_000n;

/** What became of a transaction number. */
interface Place {
  readonly nonce: bigint;
  readonly signed: readonly SignedBatch[];
  /** The one of them that L1 holds. */
  readonly mined: SignedBatch | undefined;
  readonly block: bigint | undefined;
}

/**
 * Compares everything that was signed for an account with everything that L1 has of it. How many there are is
 * said by the account itself, so that nothing can be hidden by leaving it out of the files.
 * @throws OperationError l1-unreachable
 */
export async function reconcile(
  account: Account,
  batches: readonly SignedBatch[],
  l1: ReconciledL1,
): Promise<Report> {
  const own = distinct(batches.filter((one) => isOf(account, one)));
  const head = await l1.head();
  const count = await l1.nonceAt(account.address, head);
  if (count > MAX_NONCES)
    throw new OperationError(
      'l1-unreachable',
      'fatal',
      `L1 says ${count} transactions of ${account.address}`,
    );
  const places = await placesOf(own, count, { l1, head });
  const open = places.filter(({ mined }) => mined === undefined);
  const isWhole = account.missing <= 0;
  const wanted = isWhole ? open.slice(0, MAX_LOOKED_FOR) : [];
  const found = await lookFor(wanted, places, { l1, head, account });
  const waiting = own.filter(({ nonce }) => nonce >= count);
  const results: readonly Result[] = [
    judged('N1', account, problemsOf(open, found, false), `all ${count} transactions up to block ${head}`),
    judged(
      'N2',
      account,
      problemsOf(open, found, true),
      `${places.length - open.length} were mined as they were signed`,
    ),
    unless('N3', sharedNonces(own, found), `${own.length} signatures, all with distinct r`),
  ];
  return reportOf({ kind: 'reconciled', path: account.address }, reconcileChecks, results, {
    chain: account.l1ChainId.toString(),
    block: head.toString(),
    transactions: count.toString(),
    signed: String(own.length),
    mined: String(places.length - open.length),
    replaced: String(own.length - waiting.length - (places.length - open.length)),
    waiting: String(waiting.length),
  });
}

/** What is not here is an alarm where it would have to be here; otherwise it says whom to ask. */
function judged(id: string, { missing }: Account, problems: readonly string[], passed: string): Result {
  if (problems.length === 0 || missing <= 0) return unless(id, problems, passed);
  return skip(
    id,
    `${problems.length} transactions are not here: groups without these members may have signed them; the ` +
      `exports of ${missing} more members decide`,
  );
}

const isOf = ({ address, l1ChainId }: Account, batch: SignedBatch): boolean =>
  batch.sender === address && batch.l1ChainId === l1ChainId;

/** Copies of one signature, kept by several members, count once. */
const distinct = (batches: readonly SignedBatch[]): readonly SignedBatch[] => [
  ...new Map(batches.map((one) => [`${one.presigId} ${to0x(one.txHash)}`, one])).values(),
];

interface Asked {
  readonly l1: ReconciledL1;
  readonly head: bigint;
}

async function placesOf(
  own: readonly SignedBatch[],
  count: bigint,
  { l1, head }: Asked,
): Promise<readonly Place[]> {
  const byNonce = new Map<bigint, SignedBatch[]>();
  for (const one of own) {
    const there = byNonce.get(one.nonce) ?? [];
    there.push(one);
    byNonce.set(one.nonce, there);
  }
  const placeOf = async (nonce: bigint): Promise<Place> => {
    const signed = byNonce.get(nonce) ?? [];
    for (const one of signed) {
      const block = await l1.minedIn(one.txHash);
      if (block !== undefined && block <= head) return { nonce, signed, mined: one, block };
    }
    return { nonce, signed, mined: undefined, block: undefined };
  };
  const places: Place[] = [];
  for (let from = 0n; from < count; from += BigInt(AT_ONCE)) {
    const nonces = Array.from({ length: AT_ONCE }, (_, i) => from + BigInt(i)).filter(
      (nonce) => nonce < count,
    );
    places.push(...(await Promise.all(nonces.map(placeOf))));
  }
  return places;
}

/** What L1 holds at a number for which nothing here was mined. */
type Found = ReadonlyMap<bigint, { readonly block: bigint; readonly sent: SentL1 } | undefined>;

async function lookFor(
  open: readonly Place[],
  places: readonly Place[],
  { l1, head, account }: Asked & { readonly account: Account },
): Promise<Found> {
  const found = new Map<bigint, { readonly block: bigint; readonly sent: SentL1 } | undefined>();
  for (const { nonce } of open) {
    const { address } = account;
    const lower = places.findLast((one) => one.nonce < nonce && one.block !== undefined)?.block ?? 0n;
    const upper = places.find((one) => one.nonce > nonce && one.block !== undefined)?.block ?? head;
    const block = await firstWith(nonce, [lower, upper], (at) => l1.nonceAt(address, at));
    const sent = block === undefined ? [] : await l1.sentIn(block);
    const one = sent.find((tx) => tx.from === address && tx.nonce === nonce);
    found.set(nonce, block === undefined || one === undefined ? undefined : { block, sent: one });
  }
  return found;
}

/** The first block up to which the account has sent more than so many; an L1 may have lost old blocks. */
async function firstWith(
  nonce: bigint,
  [from, to]: readonly [bigint, bigint],
  nonceAt: (block: bigint) => Promise<bigint>,
): Promise<bigint | undefined> {
  let [low, high] = [from, to];
  try {
    while (low < high) {
      const middle = (low + high) / 2n;
      if ((await nonceAt(middle)) > nonce) high = middle;
      else low = middle + 1n;
    }
    return low;
  } catch (error) {
    if (error instanceof OperationError) return undefined;
    throw error;
  }
}

/** Numbers for which L1 holds something else than what was signed, or for which nothing was. */
function problemsOf(open: readonly Place[], found: Found, isSigned: boolean): readonly string[] {
  return open
    .filter(({ signed }) => signed.length > 0 === isSigned)
    .map(({ nonce, signed }) => {
      const there = found.get(nonce);
      const what =
        there === undefined
          ? 'a transaction that this L1 does not name'
          : `${to0x(there.sent.hash)} in block ${there.block}`;
      const paths = signed.map(({ path }) => path).join(', ');
      return isSigned
        ? `number ${nonce}: L1 holds ${what}, which is none of those that were signed (${paths})`
        : `number ${nonce}: L1 holds ${what}, which no session here has signed`;
    });
}

function sharedNonces(own: readonly SignedBatch[], found: Found): readonly string[] {
  const all = [
    ...own.map(({ r, txHash, path }) => ({ r, name: to0x(txHash), where: path })),
    ...[...found.values()].flatMap((one) =>
      one === undefined
        ? []
        : [{ r: one.sent.r, name: to0x(one.sent.hash), where: `${to0x(one.sent.hash)} on L1` }],
    ),
  ];
  const seen = new Map<bigint, (typeof all)[number]>();
  return all.flatMap((one) => {
    const known = seen.get(one.r);
    if (known === undefined) seen.set(one.r, one);
    return known === undefined || known.name === one.name
      ? []
      : [`${one.where} has the same r as ${known.where}`];
  });
}
