import { equalBytes } from '../../crypto/bytes.ts';
import type { Hello } from './handshake.ts';

/**
 * What a new hello of a peer says beside the latest one: the same process, a later start of it, or a second
 * process with the same identity. A counter that goes back is a copy, too: an honest start raises it.
 * [security, 3.5 rule 5]
 */
export function judgeBoot(latest: Hello | undefined, hello: Hello): 'same' | 'later' | 'duplicate' {
  if (latest === undefined || hello.bootCounter > latest.bootCounter) return 'later';
  const isSame = hello.bootCounter === latest.bootCounter && equalBytes(hello.bootId, latest.bootId);
  return isSame ? 'same' : 'duplicate';
}
