/** What the page shows; it stands behind the # of its address. */
export type Route =
  | { readonly page: 'home' }
  /** Lists, from this one downwards; from the newest where none is named. */
  | { readonly page: 'blocks' | 'batches' | 'txs'; readonly from: bigint | undefined }
  /** A block, and which part of its transactions, counted from 1. */
  | { readonly page: 'block'; readonly id: bigint | string; readonly part: number }
  | { readonly page: 'tx'; readonly hash: string }
  | { readonly page: 'batch'; readonly index: bigint }
  | { readonly page: 'account'; readonly address: string }
  | { readonly page: 'search'; readonly text: string }
  | { readonly page: 'unknown' };

const NUMBER = /^(0|[1-9][0-9]{0,18})$/;
const LIST = /^#\/(blocks|batches|txs)(?:\/(0|[1-9][0-9]{0,18}))?$/;
const BLOCK = /^(0|[1-9][0-9]{0,18}|0x[0-9a-f]{64})(?:\/([1-9][0-9]{0,4}))?$/;
const HASH = /^0x[0-9a-f]{64}$/;
const ADDRESS = /^0x[0-9a-f]{40}$/;

/** Reads an address of the page: whatever does not have one of the forms is unknown. */
export function routeOf(fragment: string): Route {
  if (fragment === '' || fragment === '#' || fragment === '#/') return { page: 'home' };
  const [, list, from] = LIST.exec(fragment) ?? [];
  if (list === 'blocks' || list === 'batches' || list === 'txs')
    return { page: list, from: from === undefined ? undefined : BigInt(from) };
  const [, page = '', value = ''] = /^#\/([a-z]+)\/(.*)$/s.exec(fragment) ?? [];
  const low = value.toLowerCase();
  const [, id = '', part = '1'] = BLOCK.exec(low) ?? [];
  if (page === 'block' && id !== '') return { page, id: HASH.test(id) ? id : BigInt(id), part: Number(part) };
  if (page === 'tx' && HASH.test(low)) return { page, hash: low };
  if (page === 'batch' && NUMBER.test(low)) return { page, index: BigInt(low) };
  if (page === 'account' && ADDRESS.test(low)) return { page, address: low };
  if (page === 'search' && HASH.test(low)) return { page, text: low };
  return { page: 'unknown' };
}

/** Where a search leads; undefined for what is no number, hash or address. */
export function routeOfSearch(typed: string): string | undefined {
  const text = typed.trim().toLowerCase().replaceAll(/[ _,]/g, '');
  if (NUMBER.test(text)) return `#/block/${text}`;
  if (ADDRESS.test(text)) return `#/account/${text}`;
  // A hash may be of a block or of a transaction: the node knows.
  return HASH.test(text) ? `#/search/${text}` : undefined;
}
