import { concat, equalBytes } from './bytes.ts';
import { taggedHash } from './hash.ts';
import { tags } from './tags.ts';

const CHECK_BYTES = 32;

/** A body with 32 bytes before it that tell damage, not an adversary. */
export const withChecksum = (body: Uint8Array): Uint8Array =>
  concat(taggedHash(tags.fileChecksum, body), body);

/** The body of what `withChecksum` has made; `undefined` where a bit of it is another. */
export function checkedBody(bytes: Uint8Array): Uint8Array | undefined {
  const body = bytes.subarray(CHECK_BYTES);
  const isSound = equalBytes(taggedHash(tags.fileChecksum, body), bytes.subarray(0, CHECK_BYTES));
  return isSound ? body : undefined;
}
