import { to0x } from '../../crypto/bytes.ts';
import { type Codec, decode, encode } from '../../crypto/codec.ts';
import {
  booleanIn,
  hexIn,
  integerIn,
  literalIn,
  readJsonFile,
  textsIn,
  withKeys,
  writeJsonFile,
} from '../../crypto/json-file.ts';
import { MAX_MEMBERS } from '../../protocols/epoch.ts';
import { ackCodec, commitCodec, preparedCodec } from '../../protocols/reshare/activation.ts';
import type { Standing } from './activation.ts';

/** Its name in the folder of a ceremony. */
export const STANDING_FILE = 'activation.json';

const KIND = 'conclave-activation';
const FIELDS = ['kind', 'version', 'attempt', 'prepared', 'acks', 'commits', 'isSuperseded'];

/** An attempt that was prepared, and what has been heard of it since. */
export interface KeptStanding {
  readonly attempt: number;
  readonly standing: Standing;
  /** This node has begun another attempt since, and will not commit to this one. */
  readonly isSuperseded: boolean;
}

/** The file: JSON, and canonical bytes in it as hex. Nothing in it is secret. */
export const writeStanding = ({ attempt, standing, isSuperseded }: KeptStanding): Uint8Array =>
  writeJsonFile({
    kind: KIND,
    version: 1,
    attempt,
    prepared: to0x(encode(preparedCodec, standing.prepared)),
    acks: standing.acks.map((ack) => to0x(encode(ackCodec, ack))),
    commits: standing.commits.map((commit) => to0x(encode(commitCodec, commit))),
    isSuperseded,
  });

/**
 * Reads the file; what is in it still has to prove itself. @throws InputError file-truncated | file-damaged
 */
export function readStanding(bytes: Uint8Array, path: string): KeptStanding {
  const file = withKeys(readJsonFile(bytes, path), FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 1, path);
  const all = <T>(key: string, codec: Codec<T>): readonly T[] =>
    textsIn(file, key, MAX_MEMBERS, path).map((text) =>
      decode(codec, hexIn(new Map([[key, text]]), key, path), `${path}: ${key}`),
    );
  return {
    attempt: integerIn(file, 'attempt', path),
    standing: {
      prepared: decode(preparedCodec, hexIn(file, 'prepared', path), `${path}: prepared`),
      acks: all('acks', ackCodec),
      commits: all('commits', commitCodec),
    },
    isSuperseded: booleanIn(file, 'isSuperseded', path),
  };
}
