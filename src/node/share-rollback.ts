import { equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { ManifestKey, NotedShare } from './manifest.ts';
import { shareLabel } from './share-file.ts';

/** A share file that lies in the folder of a key. */
export interface FoundShare {
  readonly path: string;
  readonly epochNo: number;
  /** The label in its name, see `shareLabel`. */
  readonly label: string;
  /** Of its bytes, 32 bytes. */
  readonly hash: Uint8Array;
}

/** Whether a file has the name of a noted share. */
export const isFileOf = (noted: NotedShare, file: Pick<FoundShare, 'epochNo' | 'label'>): boolean =>
  file.epochNo === noted.epochNo && file.label === shareLabel(noted.epochNo, noted.sid);

/**
 * Refuses share files of a key that are older than the manifest, newer than it, or strangers to it: the trace
 * of a restore of some of them. A file is noted before it is made, doomed before it is erased and forgotten
 * afterwards, so only that of the active epoch must be there. [security, 3.5 rule 4]
 * @throws InputError safety-state-missing | rollback-detected | stale-epoch, each with its remedy
 */
export function checkShareFiles(folder: string, key: ManifestKey, found: readonly FoundShare[]): void {
  for (const noted of key.shares) {
    const file = found.find((one) => isFileOf(noted, one));
    if (file === undefined && noted.state === 'active') throw missingShare(folder, noted.epochNo);
    if (file !== undefined && noted.state !== 'doomed' && !equalBytes(file.hash, noted.hash))
      throw new InputError(
        'rollback-detected',
        file.path,
        `${file.path} is not the share file of epoch ${noted.epochNo} with the hash ${to0x(noted.hash)} ` +
          'that the manifest knows: put the newest copy of the file back, or leave this node off',
      );
  }
  for (const file of found)
    if (!key.shares.some((noted) => isFileOf(noted, file))) throw stranger(file, key.newest);
}

/** The share of the active epoch is gone. */
export const missingShare = (path: string, epochNo: number): InputError =>
  new InputError(
    'safety-state-missing',
    path,
    `${path}: the share file of epoch ${epochNo}, which is active, is missing: put your own newest copy of ` +
      'the file back; without one leave this node off: the others sign without it, and can give it a ' +
      'new share',
  );

function stranger({ path, epochNo }: FoundShare, newest: number | undefined): InputError {
  if (newest !== undefined && epochNo < newest)
    return new InputError(
      'stale-epoch',
      path,
      `${path} is a share of epoch ${epochNo}, which is over and was erased here: epoch ${newest} is the ` +
        'newest; take the file away again, it must not exist any more',
    );
  return new InputError(
    'rollback-detected',
    path,
    `${path} is a share of epoch ${epochNo} that the manifest does not know: the manifest is older than ` +
      'the file, or the file is from elsewhere; put the newest manifest back or take the file away',
  );
}
