import { isReceiptFile, kindOf } from '../../src/audit/kinds.ts';
import { type Folder, readFrom } from '../../src/audit/reading.ts';
import { readReceipt, receiptProblems } from '../../src/audit/receipt.ts';
import { type FoundLock, LockFinder, holdsLock } from '../../src/audit/registry.ts';
import { type AuditSource, foldersIn, joinPath, loadFolder } from '../../src/audit/source.ts';
import { readTranscript } from '../../src/audit/transcript-file.ts';
import { parseLock } from '../../src/chain/lock-file.ts';
import { lockHash } from '../../src/chain/lock.ts';
import { equalBytes, to0x } from '../../src/crypto/bytes.ts';
import { addressOf } from '../../src/ethereum/address.ts';
import { publicKeyOf } from '../../src/protocols/epoch.ts';
import { identityText } from '../../src/protocols/ceremony/names.ts';
import type { EpochView, KeyView, ReceiptView } from '../shared/messages.ts';
import { type NamesOf, partyView } from './session-view.ts';

/** The keys of a tree with their epochs; of a tree of signatures alone, by the lock beside the first. */
export async function keyViews(source: AuditSource): Promise<readonly KeyView[]> {
  const folders = foldersIn(source.list()).filter(({ names }) => names.some(holdsLock));
  const ceremonies = folders.filter(({ names }) => kindOf(names) === 'ceremony');
  const finder = new LockFinder();
  for (const folder of ceremonies.length > 0 ? ceremonies : folders.slice(0, 1))
    finder.add(await loadFolder(source, folder, holdsLock));
  return finder
    .registry()
    .keys()
    .flatMap((found) => keyView(found));
}

function keyView(found: readonly FoundLock[]): readonly KeyView[] {
  const [first] = found;
  if (first === undefined) return [];
  const { record } = first.lock;
  return [
    {
      keyId: to0x(record.keyId),
      address: addressOf(publicKeyOf(record)),
      epochs: found.map((one) => epochView(one, found)),
    },
  ];
}

function epochView({ lock, path }: FoundLock, all: readonly FoundLock[]): EpochView {
  const { record, previousLockHash: previous, definition } = lock;
  const names = namesIn(definition.definition.committee);
  const isHere = (hash: Uint8Array): boolean => all.some((one) => equalBytes(lockHash(one.lock), hash));
  return {
    epochNo: record.epochNo,
    ceremony: definition.definition.ceremony,
    threshold: record.threshold,
    members: record.members.map(({ index, identityPk }) => partyView(index, identityPk, names)),
    lock: to0x(lockHash(lock)),
    previous: previous === undefined ? '' : to0x(previous),
    isLinked: previous !== undefined && isHere(previous),
    path: path.replace(/^[.]\//, ''),
  };
}

/** Names of seats, by identity. */
export const namesIn =
  (seats: readonly { readonly identityPk: Uint8Array; readonly name: string }[]): NamesOf =>
  (identityPk) =>
    seats.find((seat) => equalBytes(seat.identityPk, identityPk))?.name;

/** What each receipt of a tree says, and whether it holds. */
export async function receiptViews(source: AuditSource): Promise<readonly ReceiptView[]> {
  const views: ReceiptView[] = [];
  for (const names of foldersIn(source.list())) {
    if (!names.names.some(isReceiptFile)) continue;
    const folder = await loadFolder(source, names);
    for (const name of names.names.filter(isReceiptFile)) views.push(receiptView(folder, name));
  }
  return views;
}

function receiptView(folder: Folder, name: string): ReceiptView {
  const path = joinPath(folder.path, name);
  const read = readFrom(folder, name, readReceipt);
  const lock = readFrom(folder, 'lock.json', parseLock);
  const file = readFrom(folder, 'transcript.jsonl', readTranscript);
  const { value: receipt } = read;
  if (receipt === undefined)
    return { path, index: 0, identity: '', positions: [], merkleRoot: '', problem: read.problem };
  return {
    path,
    index: receipt.index,
    identity: identityText(receipt.identityPk),
    positions: receipt.entries.map(({ position }) => position),
    merkleRoot: to0x(receipt.merkleRoot),
    problem:
      lock.value === undefined || file.value === undefined
        ? `${lock.problem ?? file.problem ?? ''}: there is nothing to compare it with`
        : receiptProblems(receipt, lock.value, file.value).join('; '),
  };
}
