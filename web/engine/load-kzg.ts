import { OperationError } from '../../src/crypto/errors.ts';
import { kzgHere, workerImport } from '../globals.ts';
import { scriptUrl } from '../script-url.ts';
import type { KzgHere } from '../shared/messages.ts';

/** Loads the script beside this one, once. @throws OperationError page-not-built where it is not there */
export async function loadKzg(): Promise<KzgHere> {
  if (kzgHere() === undefined) await load(scriptUrl('kzg.js'));
  const kzg = kzgHere();
  if (kzg === undefined) throw missing();
  return kzg;
}

const missing = (): OperationError =>
  new OperationError('page-not-built', 'fatal', 'kzg.js is not beside this page: blobs cannot be recomputed');

async function load(url: string): Promise<void> {
  const importScript = workerImport();
  if (importScript !== undefined) {
    importScript(url);
    return;
  }
  const script = document.createElement('script');
  await new Promise<void>((resolve, reject) => {
    script.addEventListener('load', () => resolve());
    script.addEventListener('error', () => reject(missing()));
    script.src = url;
    document.head.append(script);
  });
}
