import { writeLock } from '../../../../src/chain/lock-file.ts';
import { type Lock, lockHash } from '../../../../src/chain/lock.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii, concat, to0x } from '../../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import { addressOf } from '../../../../src/ethereum/address.ts';
import type { BackupContent } from '../../../../src/node/backup/content.ts';
import { type BackupHeader, sealBackup } from '../../../../src/node/backup/seal.ts';
import { encodeContent } from '../../../../src/node/backup/content.ts';
import { newRecipient } from '../../../../src/node/backup/recipient.ts';
import { writeDefinition } from '../../../../src/chain/definition-file.ts';
import { identityText } from '../../../../src/protocols/ceremony/names.ts';
import { publicKeyOf } from '../../../../src/protocols/epoch.ts';
import { at } from '../../../../src/protocols/kernel/protocol.ts';
import { members } from '../../../sim/cluster.ts';
import { makeCeremony, runCeremony, signedDefinition } from '../../audit/support/folders.ts';
import { named, quickKdf, seededRng } from '../helpers.ts';

/** One seat of a key that a real key generation made. */
export interface Seat {
  readonly lock: Lock;
  readonly lockFile: Uint8Array;
  readonly definitionFile: Uint8Array;
  /** Share ‖ chain code, 64 bytes. */
  readonly secret: Uint8Array;
  /** Seed of the identity, 32 bytes. */
  readonly seed: Uint8Array;
  readonly index: number;
}

const N = 3;
const REQUIRED = 2;

/** Seat `index` of the 2-of-3 key of a label. */
export function seatOf(label: string, index = 2): Seat {
  const { lock } = makeCeremony(N, REQUIRED, label);
  const session = at(runCeremony(signedDefinition(N, REQUIRED), label), partyIndex(index));
  if (session.state.kind !== 'done') throw new RangeError('no key');
  const { share, chainCode } = session.state.output;
  const seed = members(N)[index - 1]?.seed ?? new Uint8Array(0);
  return {
    ...{ lock, seed, index, lockFile: writeLock(lock), definitionFile: writeDefinition(lock.definition) },
    secret: concat(share, chainCode),
  };
}

/** What the backup of a seat says and seals. */
export function partsOf(seat: Seat): { readonly header: BackupHeader; readonly content: BackupContent } {
  const { record, definition } = seat.lock;
  const guard = {
    seq: 12,
    head: named('guard head'),
    marks: [
      { lane: 'nonce', scope: ascii('account'), low: 11n, high: undefined },
      { lane: 'batch', scope: ascii('inbox'), low: 4n, high: 90n },
    ] as const,
  };
  return {
    header: {
      network: definition.definition.network.name,
      keyId: to0x(record.keyId),
      address: addressOf(publicKeyOf(record)),
      epoch: record.epochNo,
      index: seat.index,
      node: identityText(identityPublicKey(seat.seed)),
      lockHash: to0x(lockHash(seat.lock)),
      guardSeq: guard.seq,
      guardHead: to0x(guard.head),
      createdAt: '2026-01-01T00:00:00.000Z',
    },
    content: {
      ...{ guard, lockFile: seat.lockFile, definitionFile: seat.definitionFile },
      secret: new Secret('share', seat.secret.slice()),
    },
  };
}

export const recipient: { readonly file: Uint8Array; readonly publicKey: Uint8Array } = newRecipient(
  seededRng('the recipient of the tests'),
);
export const password = 'a password for backups';

/** The bytes of a backup, sealed as asked. */
export function sealedBy(
  kind: 'recipient' | 'password',
  { header, content }: ReturnType<typeof partsOf>,
): Uint8Array {
  const target =
    kind === 'recipient'
      ? ({ kind, publicKey: recipient.publicKey } as const)
      : ({ kind, password } as const);
  return sealBackup(header, encodeContent(content), {
    target,
    kdf: quickKdf,
    rng: seededRng(`seal ${kind}`),
  });
}
