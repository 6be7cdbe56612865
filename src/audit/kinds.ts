import { isErasureFile } from './erasures.ts';
import { isEvidenceFile } from './evidence-file.ts';

const plain: ReadonlySet<string> = new Set([
  'definition.json',
  'lock.json',
  'l1.json',
  'transcript.jsonl',
  'presign.jsonl',
  'sign.jsonl',
  'log.jsonl',
  'heads.jsonl',
]);

/** Whether a file of this name is a member's receipt. */
export const isReceiptFile = (name: string): boolean => /^receipt-[^/]*\.json$/.test(name);

/** Whether a file of this name is a preparation by itself: one of those that a node keeps of its sessions. */
export const isPresignFile = (name: string): boolean => /^[0-9a-f]{16}\.jsonl$/.test(name);

/** Whether a file is one that an audit reads: a shell need not load others. */
export const isAudited = (name: string): boolean =>
  plain.has(name) ||
  isErasureFile(name) ||
  isEvidenceFile(name) ||
  isReceiptFile(name) ||
  isPresignFile(name);

/** What a folder is, by the names of its files; `undefined` for one that holds nothing to audit. */
export function kindOf(names: readonly string[]): 'ceremony' | 'signature' | undefined {
  const has = (...some: readonly string[]): boolean => some.some((name) => names.includes(name));
  if (has('definition.json', 'transcript.jsonl')) return 'ceremony';
  if (has('sign.jsonl', 'presign.jsonl', 'l1.json')) return 'signature';
  return has('lock.json') ? 'ceremony' : undefined;
}
