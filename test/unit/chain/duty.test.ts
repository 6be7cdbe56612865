import { describe, expect, it } from 'vitest';

import { concat, to0x } from '../../../src/crypto/bytes.ts';
import { leavesOf } from '../../../src/crypto/codec.ts';
import {
  type SignRequest,
  contentHashOf,
  decodeRequest,
  digestOf,
  encodeRequest,
  isTest,
  keygenTestCodec,
  requestId,
  reshareTestCodec,
  slotsOf,
  submitBatchCodec,
  submitBlocksCodec,
  transactionOf,
  updateKeyCodec,
} from '../../../src/chain/duty.ts';
import { blobPayloadHash } from '../../../src/chain/blobs.ts';
import { batchHeader } from '../../../src/chain/batch-header.ts';
import { payloadHash } from '../../../src/chain/batch.ts';
import { decodeInboxCall } from '../../../src/ethereum/abi.ts';
import { signingDigest } from '../../../src/ethereum/l1-tx.ts';
import { blobRequest, calldataRequest, keyRequest, reshareRequest, testRequest } from './samples.ts';
import { blocksRequest, committeeRequest } from './blocks-samples.ts';

const all: readonly (readonly [string, SignRequest])[] = [
  ['calldata', calldataRequest],
  ['blobs', blobRequest],
  ['a keygen test', testRequest],
  ['a reshare test', reshareRequest],
  ['the proof of an account', keyRequest],
  ['blocks', blocksRequest],
  ['blocks of a committee', committeeRequest],
];
const schemaOf = (request: SignRequest) =>
  ({
    'submit-batch': submitBatchCodec,
    'keygen-test': keygenTestCodec,
    'reshare-test': reshareTestCodec,
    'update-key': updateKeyCodec,
    'submit-blocks': submitBlocksCodec,
  })[request.kind].schema;
const ids = (request: SignRequest): string[] => slotsOf(request).map(({ id }) => to0x(id));

describe('a request', () => {
  it.each(all)('for %s decodes to what was encoded', (_, request) => {
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
  });

  it.each(all)('for %s is refused in every truncation and with a byte behind it', (_, request) => {
    const bytes = encodeRequest(request);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeRequest(bytes.subarray(0, length))).toThrow();
    expect(() => decodeRequest(concat(bytes, Uint8Array.of(0)))).toThrow();
  });

  it.each(all)('for %s has another id after a change of any field, or is refused', (_, request) => {
    const bytes = encodeRequest(request);
    for (const { offset, length } of leavesOf(schemaOf(request), bytes)) {
      const changed = bytes.slice();
      changed[offset + length - 1]! ^= 1;
      try {
        expect(requestId(decodeRequest(changed))).not.toEqual(requestId(request));
      } catch (error) {
        expect(error).toMatchObject({ name: 'InputError' });
      }
    }
  });

  it('of an unknown kind is refused', () => {
    const bytes = encodeRequest(testRequest);
    bytes[0] = 9;
    expect(() => decodeRequest(bytes)).toThrow(expect.objectContaining({ code: 'request-kind' }));
  });

  it('carries no place for calldata: the transaction is made of the payload', () => {
    const tx = transactionOf(calldataRequest);
    const { payload } = calldataRequest;
    expect(tx).toMatchObject({ type: 'eip1559', to: calldataRequest.inbox, value: 0n, nonce: 2n });
    const header = batchHeader(calldataRequest);
    expect(decodeInboxCall(tx.data)).toEqual({ kind: 'submit-batch', payload, header });
    expect(header).toMatchObject({ index: 7n, da: 0, payloadHash: payloadHash(payload) });
  });

  it('for blobs becomes a call that names them, and no payload in calldata', () => {
    const tx = transactionOf(blobRequest);
    const { payload, blobVersionedHashes } = blobRequest;
    expect(tx).toMatchObject({ type: 'eip4844', blobVersionedHashes, maxFeePerBlobGas: 9n });
    expect(decodeInboxCall(tx.data)).toMatchObject({
      kind: 'submit-blob-batch',
      header: { da: 3, payloadSize: payload.length, payloadHash: blobPayloadHash(blobVersionedHashes) },
    });
  });

  it('asks for the digest of exactly its transaction, or of its certificate', () => {
    expect(digestOf(blobRequest)).toEqual(signingDigest(transactionOf(blobRequest)));
    expect(digestOf(testRequest)).not.toEqual(digestOf({ ...testRequest, window: 1n }));
    expect(digestOf(testRequest)).not.toEqual(digestOf({ ...testRequest, keyEpoch: 2 }));
  });

  it('of a new key stands for none of a later epoch, and the other way round', () => {
    const all = [testRequest, reshareRequest, calldataRequest, keyRequest];
    expect(all.map(isTest)).toEqual([true, true, false, false]);
    expect(digestOf(reshareRequest)).not.toEqual(digestOf(testRequest));
    expect(requestId(reshareRequest)).not.toEqual(requestId(testRequest));
    expect(contentHashOf(reshareRequest)).not.toEqual(contentHashOf(testRequest));
    expect(ids(reshareRequest)).toEqual(ids(testRequest));
  });
});

describe('the guard slots of a request', () => {
  it('are the nonce, the batch under its key, and the batch under any key', () => {
    expect(slotsOf(calldataRequest).map(({ lane, number }) => [lane, number])).toEqual([
      ['nonce', 2n],
      ['batch', 7n],
      ['batch', 7n],
    ]);
    expect(slotsOf(testRequest).map(({ lane, number }) => [lane, number])).toEqual([['test', 0n]]);
  });

  it('are shared by the same batch of another key, whichever place its payload has', () => {
    const other = { ...blobRequest, keyId: new Uint8Array(32).fill(8), nonce: 0n };
    expect(ids(other).filter((id) => ids(calldataRequest).includes(id))).toHaveLength(1);
    expect(ids(blobRequest)).toEqual(ids(calldataRequest));
    expect(contentHashOf(blobRequest)).not.toEqual(contentHashOf(calldataRequest));
  });

  it('differ for another chain, sender, inbox, index or nonce', () => {
    const two = { ...calldataRequest, l1ChainId: 1n };
    expect(ids(two).some((id) => ids(calldataRequest).includes(id))).toBe(false);
    const nonces = (change: object): string => ids({ ...calldataRequest, ...change })[0]!;
    const batches = (change: object): string => ids({ ...calldataRequest, ...change })[1]!;
    expect(nonces({ sender: calldataRequest.inbox })).not.toBe(nonces({}));
    expect(nonces({ nonce: 3n })).not.toBe(nonces({}));
    expect(batches({ inbox: calldataRequest.sender })).not.toBe(batches({}));
    expect(batches({ batchIndex: 8n })).not.toBe(batches({}));
  });

  it('hold content that fees and nonce do not touch', () => {
    const dearer = {
      ...blobRequest,
      maxFeePerGas: 82n,
      maxPriorityFeePerGas: 2n,
      maxFeePerBlobGas: 18n,
      nonce: 9n,
    };
    expect(contentHashOf(dearer)).toEqual(contentHashOf(blobRequest));
    expect(contentHashOf({ ...blobRequest, gasLimit: 1n })).not.toEqual(contentHashOf(blobRequest));
    expect(contentHashOf({ ...testRequest, certHash: new Uint8Array(32) })).not.toEqual(
      contentHashOf(testRequest),
    );
  });

  it('have ids of a scope and a number', () => {
    for (const { id, scope, number } of slotsOf(blobRequest))
      expect(to0x(id)).toBe(`${to0x(scope)}${number.toString(16).padStart(16, '0')}`);
  });
});
