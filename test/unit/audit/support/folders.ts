import { secp256k1 } from '@noble/curves/secp256k1.js';

import type { AuditTools } from '../../../../src/audit/audit-signature.ts';
import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii, bytesToBigint } from '../../../../src/crypto/bytes.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import type { Signature } from '../../../../src/crypto/ecdsa.ts';
import { identityPublicKey, signFor } from '../../../../src/crypto/ed25519.ts';
import { taggedHash } from '../../../../src/crypto/hash.ts';
import { scalar, scalarToBytes } from '../../../../src/crypto/secp256k1.ts';
import { interpolateAtZero } from '../../../../src/crypto/shamir.ts';
import {
  type TranscriptBytes,
  type TranscriptMeta,
  readTranscript,
  writeTranscript,
} from '../../../../src/audit/transcript-file.ts';
import { makeReceipt, writeReceipt } from '../../../../src/audit/receipt.ts';
import { encodeBatch } from '../../../../src/chain/batch.ts';
import type { SubmitBlocksRequest } from '../../../../src/chain/duty-submit-blocks.ts';
import type { UpdateKeyRequest } from '../../../../src/chain/duty-update-key.ts';
import {
  type SignRequest,
  type SubmitBatchRequest,
  digestOf,
  encodeRequest,
  requestId,
} from '../../../../src/chain/duty.ts';
import { writeLock } from '../../../../src/chain/lock-file.ts';
import {
  type KeyProof,
  type Lock,
  lockHash,
  testRequestOf,
  testWindows,
} from '../../../../src/chain/lock.ts';
import { addressFromBytes, addressOf } from '../../../../src/ethereum/address.ts';
import { writeDefinition } from '../../../../src/chain/definition-file.ts';
import {
  type Definition,
  type SignedDefinition,
  acceptanceHash,
  attemptContext,
  definitionHash,
} from '../../../../src/protocols/ceremony/definition.ts';
import { publicKeyOf } from '../../../../src/protocols/epoch.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { at } from '../../../../src/protocols/kernel/protocol.ts';
import { Session } from '../../../../src/protocols/kernel/session.ts';
import type { Transcript } from '../../../../src/protocols/kernel/transcript.ts';
import { type Spec, specCodec } from '../../../../src/protocols/kernel/spec.ts';
import type { KeygenOutput } from '../../../../src/protocols/keygen/keygen.ts';
import { sign } from '../../../../src/protocols/sign/sign.ts';
import { sessionOf, signatureHash } from '../../../../src/protocols/sign/tuple.ts';
import { brotli } from '../../../../src/system/compression.ts';
import { makeTransactions } from '../../../../scripts/lib/test-transactions.ts';
import { Cluster, type Tamper, members, rngOf, specFor } from '../../../sim/cluster.ts';
import { type DealtKey, type PresignRun, batchesOf, runPresign, signInputs } from '../../../sim/signing.ts';
import { keygenBody } from '../../protocols/support/keygen-run.ts';
import { blocksRequest } from '../../chain/blocks-samples.ts';

/** Files of a folder by name, as an audit takes them. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A whole ceremony, made in one thread by real sessions. */
export interface MadeCeremony {
  readonly files: Files;
  readonly lock: Lock;
  /**
   * The new key in the form that the simulations of signing take; the secret is put together from the shares.
   */
  readonly key: DealtKey;
  /** cc, 32 bytes. */
  readonly chainCode: Uint8Array;
}

const bytesOf = (session: { readonly transcript: () => Transcript }): TranscriptBytes => {
  const { spec, sid, broadcasts, notices } = session.transcript();
  return { spec: encode(specCodec, spec), sid, broadcasts, notices };
};

/** The file of a session that has ended, as one of its members writes it. */
export function transcriptOf<T>(session: Session<T>, signing?: TranscriptMeta['signing']): Uint8Array {
  const { state } = session;
  const outcome = state.kind === 'done' ? 'done' : 'aborted';
  const root = state.kind === 'done' ? state.root : undefined;
  return writeTranscript(bytesOf(session), { outcome, root, signing });
}

/** The plan of a ceremony, signed by all. */
export function signedDefinition(n: number, required: number): SignedDefinition {
  const all = members(n);
  const definition: Definition = {
    name: 'test',
    ceremony: 'keygen',
    sequence: 1n,
    network: { name: 'devnet', l1ChainId: 31_337n, l2ChainId: 71_001n },
    purpose: 'test',
    required,
    committee: all.map(({ index, seed }) => ({
      index,
      name: `node-${index}`,
      identityPk: identityPublicKey(seed),
      address: `127.0.0.1:${7000 + index}`,
    })),
    proposer: partyIndex(1),
    timing: { createdAtMs: 1n, acceptByMs: 2n, executeByMs: 3n, roundTimeoutMs: 5000 },
    policyHash: new Uint8Array(32).fill(9),
  };
  const hash = definitionHash(definition);
  const signatures = all.map(({ seed }) => {
    const identityPk = identityPublicKey(seed);
    return {
      identityPk,
      signature: signFor('definition', seed, acceptanceHash(hash, identityPk)),
      signedAtMs: 2n,
    };
  });
  return { definition, signatures };
}

/** Sessions of a key generation for a definition, run to their end. */
export function runCeremony(
  signed: SignedDefinition,
  label: string,
  tamper?: Tamper,
): ReadonlyMap<PartyIndex, Session<KeygenOutput>> {
  const { definition } = signed;
  const all = members(definition.committee.length);
  const spec = specFor(all, {
    proto: protos.keygen,
    threshold: definition.required,
    purpose: definition.purpose,
    context: attemptContext(definitionHash(definition), 0),
  });
  const sessions = new Map(
    all.map(({ index, seed }) => {
      const rng = rngOf(`audit ${label}`, index);
      const session = new Session<KeygenOutput>({
        spec,
        self: index,
        identitySeed: seed,
        rng,
        body: keygenBody(spec, index, seed, rng),
        judge,
        outputHash: ({ epochId }) => epochId,
        maxBodyBytes: 1 << 20,
      });
      return [index, session] as const;
    }),
  );
  new Cluster(sessions, 1, tamper).run();
  return sessions;
}

const outputOf = <T>(session: Session<T>): T => {
  if (session.state.kind !== 'done') throw new RangeError(`the session is ${session.state.kind}`);
  return session.state.output;
};

/** A signature by the whole key: what two or three sessions would make, at once. */
function signWhole(secret: Uint8Array, digest: Uint8Array): Signature {
  const bytes = secp256k1.sign(digest, secret, { prehash: false, lowS: true, format: 'recovered' });
  const [r, s] = [bytes.subarray(1, 33), bytes.subarray(33)].map((part) => scalar(bytesToBigint(part)));
  if (r === undefined || s === undefined) throw new RangeError('no signature');
  return { r, s, yParity: bytes[0] === 1 ? 1 : 0 };
}

/** A finished ceremony of n members, with its lock and everybody's receipt. */
export function makeCeremony(n: number, required: number, label = 'one'): MadeCeremony {
  const signed = signedDefinition(n, required);
  const sessions = runCeremony(signed, label);
  const outputs = [...sessions.values()].map(outputOf);
  const first = at(sessions, partyIndex(1));
  const { record, certificate, certificateHash } = outputOf(first);
  const secret = interpolateAtZero(
    new Map(outputs.slice(0, required).map(({ index, share }) => [index, scalar(bytesToBigint(share))])),
  );
  const proofs: readonly KeyProof[] = testWindows(
    record.members.map(({ index }) => index),
    required,
  ).map((signers, window) => ({
    window,
    signers,
    signature: signWhole(scalarToBytes(secret), digestOf(testRequestOf(record, certificateHash, window))),
  }));
  const state = first.state.kind === 'done' ? first.state : undefined;
  if (state === undefined) throw new RangeError('no root');
  const open: Omit<Lock, 'signatures'> = {
    definition: signed,
    attempt: 0,
    sid: record.originSid,
    record,
    root: state.root,
    certificate: { kind: 'keygen', hash: certificateHash, signatures: certificate },
    previousLockHash: undefined,
    proofs,
  };
  const all = members(n);
  const lock: Lock = {
    ...open,
    signatures: all.map(({ index, seed }) => ({ index, signature: signFor('lock', seed, lockHash(open)) })),
  };
  const transcript = transcriptOf(first);
  const read = readTranscript(transcript, 'transcript.jsonl');
  const receipts = all.map(
    ({ index, seed }) =>
      [
        `receipt-node-${index}.json`,
        writeReceipt(makeReceipt(read, lock, index, (hash) => signFor('receipt', seed, hash))),
      ] as const,
  );
  return {
    lock,
    chainCode: outputOf(first).chainCode,
    key: { record, members: all, secret, shares: new Map(outputs.map(({ index, share }) => [index, share])) },
    files: new Map([
      ['definition.json', writeDefinition(signed)],
      ['lock.json', writeLock(lock)],
      ['transcript.jsonl', transcript],
      ...receipts,
    ]),
  };
}

/** The folder of an attempt that ended without a key: one member heard nothing from another. */
export function failedCeremony(): Files {
  const signed = signedDefinition(3, 2);
  const sessions = runCeremony(signed, 'failed', (from, to, bytes) =>
    from === 2 && to === 1 ? [] : [bytes],
  );
  return new Map([
    ['definition.json', writeDefinition(signed)],
    ['transcript.jsonl', transcriptOf(at(sessions, partyIndex(1)))],
  ]);
}

/** A request to append a batch of three blocks, by the key of a ceremony. */
export const blocksRequestOf = ({ lock }: MadeCeremony): SubmitBlocksRequest => ({
  ...blocksRequest,
  ...{ keyId: lock.record.keyId, keyEpoch: 0, sender: addressOf(publicKeyOf(lock.record)), nonce: 0n },
});

/** A request to append a batch of three transactions, by the key of a ceremony. */
export function batchRequest(
  { lock }: MadeCeremony,
  change: Partial<SubmitBatchRequest> & { readonly transactions?: number } = {},
): SubmitBatchRequest {
  const { transactions: count = 3, ...fields } = change;
  const [l2ChainId, index, da] = [71_001n, fields.batchIndex ?? 1n, fields.da ?? 'calldata'] as const;
  const transactions = makeTransactions({ seed: 'audit', l2ChainId, accounts: 2, transactions: count });
  return {
    kind: 'submit-batch',
    keyId: lock.record.keyId,
    keyEpoch: 0,
    sender: addressOf(publicKeyOf(lock.record)),
    l1ChainId: 31_337n,
    l2ChainId,
    inbox: addressFromBytes(new Uint8Array(20).fill(5)),
    batchIndex: index,
    da,
    payload: encodeBatch({ index, da, l2ChainId, compression: 'none', transactions }, brotli),
    nonce: 0n,
    gasLimit: 700_000n,
    maxFeePerGas: 41n,
    maxPriorityFeePerGas: 1n,
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
    ...fields,
  };
}

/** A request for the proof that the account of a ceremony's key can sign. */
export const proofRequest = ({ lock }: MadeCeremony): UpdateKeyRequest => ({
  kind: 'update-key',
  keyId: lock.record.keyId,
  keyEpoch: 0,
  account: addressOf(publicKeyOf(lock.record)),
  l1ChainId: 31_337n,
  registry: addressFromBytes(new Uint8Array(20).fill(7)),
  purpose: 'batch',
  activationBlock: 120n,
});

/** A finished presign session of the first members. */
export const makePresign = ({ key }: MadeCeremony, batch: number, label = 'presign'): PresignRun =>
  runPresign(
    key,
    key.members.slice(0, key.record.threshold).map(({ index }) => index),
    batch,
    { label },
  );

/** Sessions that sign a request with one presignature, run to their end. */
export function runSignature(
  { lock }: MadeCeremony,
  run: PresignRun,
  request: SignRequest,
  instance: number,
): ReadonlyMap<PartyIndex, Session<Signature>> {
  const batches = batchesOf(run);
  const name = requestId(request);
  const spec: Spec = { ...run.spec, proto: protos.sign, batch: 0, context: name };
  const sessions = new Map(
    [...batches].map(([index, batch]) => {
      const base = signInputs(run, batch, instance, digestOf(request));
      const inputs = { ...base, requestId: name, purpose: lock.definition.definition.purpose };
      const label = `audit sign ${instance}`;
      const seed = run.key.members.find((member) => member.index === index)?.seed;
      if (seed === undefined) throw new RangeError('a stranger');
      const session = new Session<Signature>({
        spec,
        self: index,
        identitySeed: seed,
        rng: rngOf(`${label}/wire`, index),
        body: sign(
          { sid: sessionOf(inputs), self: index, parties: batch.quorum, rng: rngOf(label, index) },
          inputs,
        ),
        judge,
        outputHash: signatureHash,
        maxBodyBytes: 1 << 16,
        follows: { sid: sessionOf(inputs), view: batch.view, prev: at(run.sessions, index).end.eids },
      });
      return [index, session] as const;
    }),
  );
  new Cluster(sessions, 1).run();
  return sessions;
}

/** The folder of one signature, as one member writes it. */
export function makeSignature(
  ceremony: MadeCeremony,
  run: PresignRun,
  request: SignRequest,
  { instance = 0, by = partyIndex(1) }: { readonly instance?: number; readonly by?: PartyIndex } = {},
): Files {
  const session = at(runSignature(ceremony, run, request, instance), by);
  const batch = at(batchesOf(run), by);
  const presigId = batch.presignatures.find((one) => one.instance === instance)?.presigId;
  if (presigId === undefined) throw new RangeError(`no instance ${instance}`);
  const meta = {
    request: encodeRequest(request),
    presigId,
    presignSid: batch.sid,
    quorum: batch.quorum,
    attempt: 0,
    signature: session.state.kind === 'done' ? session.state.output : undefined,
  };
  return new Map([
    ['lock.json', writeLock(ceremony.lock)],
    ['presign.jsonl', transcriptOf(at(run.sessions, by))],
    ['sign.jsonl', transcriptOf(session, meta)],
  ]);
}

/** Tools without KZG: blobs are not recomputed. */
export const tools: AuditTools = { compressor: brotli };

/** The same files in a folder of this name. */
export const under = (folder: string, files: Files): Files =>
  new Map([...files].map(([name, bytes]) => [`${folder}/${name}`, bytes]));

/** Something that is 32 bytes and nothing else. */
export const thirtyTwo = (text: string): Uint8Array => taggedHash('test', ascii(text));
