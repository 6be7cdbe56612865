import { OperationError } from '../../src/crypto/errors.ts';
import { scriptUrl } from '../script-url.ts';

/** What the script of the blobs leaves behind: a megabyte that most audits do not need. */
export interface KzgHere {
  readonly versionedHashes: (payload: Uint8Array) => readonly Uint8Array[];
}

declare global {
  // Left by kzg.js.
  var conclaveKzg: KzgHere | undefined;
  // Of a worker; a window does not have it.
  var importScripts: ((url: string) => void) | undefined;
}

/** Loads the script beside this one, once. @throws OperationError page-not-built where it is not there */
export async function loadKzg(): Promise<KzgHere> {
  if (globalThis.conclaveKzg === undefined) await load(scriptUrl('kzg.js'));
  const kzg = globalThis.conclaveKzg;
  if (kzg === undefined) throw missing();
  return kzg;
}

const missing = (): OperationError =>
  new OperationError('page-not-built', 'fatal', 'kzg.js is not beside this page: blobs cannot be recomputed');

async function load(url: string): Promise<void> {
  if (globalThis.importScripts !== undefined) return globalThis.importScripts(url);
  const script = document.createElement('script');
  await new Promise<void>((resolve, reject) => {
    script.addEventListener('load', () => resolve());
    script.addEventListener('error', () => reject(missing()));
    script.src = url;
    document.head.append(script);
  });
}
