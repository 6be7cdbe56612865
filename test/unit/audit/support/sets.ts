import type { PartyIndex } from '../../../../src/crypto/brand.ts';
import { concat, u32 } from '../../../../src/crypto/bytes.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { seededRng } from '../../../../src/crypto/drbg.ts';
import { type Rng, scalar } from '../../../../src/crypto/secp256k1.ts';
import { writeLock } from '../../../../src/chain/lock-file.ts';
import { encodeRequest } from '../../../../src/chain/duty.ts';
import { envelopeKinds, parseEnvelope, sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { encodeEvidence } from '../../../../src/protocols/kernel/evidence.ts';
import { abortCodec } from '../../../../src/protocols/kernel/notices.ts';
import type { PresignRun } from '../../../sim/signing.ts';
import { members, rngOf } from '../../../sim/cluster.ts';
import { runPresign } from '../../../sim/signing.ts';
import {
  type Files,
  type MadeCeremony,
  batchRequest,
  makeCeremony,
  makePresign,
  makeSignature,
  thirtyTwo,
  under,
} from './folders.ts';
import { type Forged, fileOf, forge, withFile } from './tamper.ts';

/** Files that an audit refuses by this item of its list, and by what is in them. */
export interface FailingSet {
  readonly item: string;
  readonly name: string;
  readonly files: Files;
}

/** What the sets are made from: a ceremony of three, and one signature of two of them. */
export interface Base {
  readonly ceremony: MadeCeremony;
  readonly run: PresignRun;
  readonly signature: Files;
}

/** Makes the base; the same for one label. */
export function makeBase(): Base {
  const ceremony = makeCeremony(3, 2);
  const run = makePresign(ceremony, 1);
  return { ceremony, run, signature: makeSignature(ceremony, run, batchRequest(ceremony)) };
}

const forged = (files: Files, name: string, change: (from: Forged) => Partial<Forged>): Files =>
  withFile(files, name, forge(fileOf(files, name), change));

const signing = ({ meta }: Forged): NonNullable<Forged['meta']['signing']> => {
  if (meta.signing === undefined) throw new RangeError('no online session');
  return meta.signing;
};

/** Randomness that differs from another only in its first 32 bytes: another session id, the same nonces. */
export function exceptFirst(inner: Rng, label: string): Rng {
  let isFirst = true;
  return (length) => {
    const bytes = inner(length);
    if (!isFirst) return bytes;
    isFirst = false;
    return seededRng(thirtyTwo(label))(length);
  };
}

/** A false accusation, signed by party 2, in the transcript of a session. */
function accusation({ transcript }: Forged): Uint8Array {
  const [last] = transcript.broadcasts.at(-1) ?? [];
  if (last === undefined) throw new RangeError('no envelope');
  const { header, bytes } = parseEnvelope(last);
  const evidence = encodeEvidence({
    kind: 'equivocation',
    accused: header.from,
    check: 'V4',
    envelopes: [bytes, bytes],
  });
  const body = encode(abortCodec, { code: 'equivocation', check: 'V4', accused: [header.from], evidence });
  const [, second] = members(2);
  if (second === undefined) throw new RangeError('no second');
  const fields = { ...header, kind: envelopeKinds.abort, from: second.index };
  return sealEnvelope(fields, body, second.seed).bytes;
}

/** One set for each item of the list, and one for each thing that is compared across signatures. */
export function failingSets({ ceremony, run, signature }: Base): readonly FailingSet[] {
  const { lock } = ceremony;
  const request = batchRequest(ceremony);
  const other = batchRequest(ceremony, { gasLimit: 700_001n });
  const two = makeSignature(ceremony, run, other);
  const reused = runPresign(
    ceremony.key,
    run.spec.participants.map(({ index }) => index),
    1,
    {
      label: 'presign',
      rng: (j: PartyIndex) => exceptFirst(rngOf('presign', j), `reused ${j}`),
    },
  );
  const swapped = lock.signatures.map((one, i, all) => ({
    ...one,
    signature: (all[i - 1] ?? one).signature,
  }));
  const both = (first: Files, second: Files): Files =>
    new Map([...under('first', first), ...under('second', second)]);
  return [
    set(
      'A1',
      'a lock that a member has not signed',
      withFile(signature, 'lock.json', writeLock({ ...lock, signatures: swapped })),
    ),
    set(
      'A2',
      'another quorum than the one that took part',
      forged(signature, 'sign.jsonl', (from) => ({
        meta: { ...from.meta, signing: { ...signing(from), quorum: [1, 3] } },
      })),
    ),
    set(
      'A3',
      'a share that was left out',
      forged(signature, 'sign.jsonl', ({ transcript }) => ({
        transcript: {
          ...transcript,
          broadcasts: transcript.broadcasts.map((round, i) => (i === 2 ? round.slice(0, 1) : round)),
        },
      })),
    ),
    set(
      'A4',
      'two preparations with the same nonces',
      both(signature, makeSignature(ceremony, reused, batchRequest(ceremony, { batchIndex: 2n, nonce: 1n }))),
    ),
    set(
      'A5',
      'a preparation that was discarded',
      forged(signature, 'presign.jsonl', ({ meta }) => ({
        meta: { ...meta, outcome: 'discarded' },
      })),
    ),
    set(
      'A6',
      'another request than the one that was signed',
      forged(signature, 'sign.jsonl', (from) => ({
        meta: { ...from.meta, signing: { ...signing(from), request: encodeRequest(other) } },
      })),
    ),
    set(
      'A7',
      'another signature than the one that was made',
      forged(signature, 'sign.jsonl', (from) => {
        const made = signing(from).signature;
        if (made === undefined) throw new RangeError('no signature');
        const changed = { ...made, s: scalar(made.s - 1n) };
        return { meta: { ...from.meta, signing: { ...signing(from), signature: changed } } };
      }),
    ),
    set('A8', 'one preparation for two requests', both(signature, two)),
    set(
      'A9',
      'a false accusation',
      forged(signature, 'sign.jsonl', (from) => ({
        transcript: { ...from.transcript, notices: [...from.transcript.notices, accusation(from)] },
      })),
    ),
    set(
      'SG',
      'two contents for one batch number',
      both(
        signature,
        makeSignature(
          ceremony,
          makePresign(ceremony, 1, 'more'),
          batchRequest(ceremony, { transactions: 2 }),
        ),
      ),
    ),
    set(
      'A6',
      'a request of an unknown kind',
      forged(signature, 'sign.jsonl', (from) => ({
        meta: {
          ...from.meta,
          signing: { ...signing(from), request: concat(u32(9), encodeRequest(request)) },
        },
      })),
    ),
  ];
}

const set = (item: string, name: string, files: Files): FailingSet => ({ item, name, files });
