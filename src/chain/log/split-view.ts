import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { hexIn, literalIn, readJsonFile, withKeys, writeJsonFile } from '../../crypto/json-file.ts';
import { type LogOwner, logIdOf } from './entry.ts';
import { type SignedHead, type SignedProof, isSplitView, signedHeadCodec, signedProofCodec } from './head.ts';
import { lineError } from './lines.ts';

/** Two heads, and for heads of unlike size the owner's answer, that convict the owner of a log. */
export interface SplitView extends LogOwner {
  readonly a: SignedHead;
  readonly b: SignedHead;
  /** `undefined` where the heads alone contradict one another. */
  readonly proof: SignedProof | undefined;
}

const KIND = 'conclave-split-view';
const FIELDS = ['kind', 'version', 'owner', 'cluster', 'instance', 'logId', 'a', 'b', 'proof'];

/** The bytes of `evidence/<log>-split-view.json`. */
export const writeSplitView = (view: SplitView): Uint8Array =>
  writeJsonFile({
    kind: KIND,
    version: 1,
    owner: to0x(view.owner),
    cluster: to0x(view.cluster),
    instance: to0x(view.instance),
    logId: to0x(logIdOf(view)),
    a: to0x(encode(signedHeadCodec, view.a)),
    b: to0x(encode(signedHeadCodec, view.b)),
    proof: view.proof === undefined ? '0x' : to0x(encode(signedProofCodec, view.proof)),
  });

/**
 * Reads and judges the file: what it returns is proof that its owner showed two logs. Whether that key is a
 * member's is for who knows the epoch. @throws InputError file-truncated | file-damaged | malformed; log-name
 * | log-signature where it proves nothing
 */
export function readSplitView(bytes: Uint8Array, path: string): SplitView {
  const file = withKeys(readJsonFile(bytes, path), FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 1, path);
  const proof = hexIn(file, 'proof', path);
  const view: SplitView = {
    owner: hexIn(file, 'owner', path, 32),
    cluster: hexIn(file, 'cluster', path, 32),
    instance: hexIn(file, 'instance', path),
    a: decode(signedHeadCodec, hexIn(file, 'a', path), `${path}: a`),
    b: decode(signedHeadCodec, hexIn(file, 'b', path), `${path}: b`),
    proof: proof.length === 0 ? undefined : decode(signedProofCodec, proof, `${path}: proof`),
  };
  const logId = logIdOf(view);
  const names = [hexIn(file, 'logId', path, 32), view.a.head.logId, view.b.head.logId];
  if (![0, 16].includes(view.instance.length) || names.some((name) => !equalBytes(name, logId)))
    throw lineError('log-name', path, 'is about another log than that of its owner');
  if (!isSplitView(view.owner, view.a, view.b, view.proof))
    throw lineError('log-signature', path, 'proves nothing against the owner of the log');
  return view;
}
