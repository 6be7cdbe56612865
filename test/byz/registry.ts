import type { Codec, Schema } from '../../src/crypto/codec.ts';
import { directsCodec, headerCodec } from '../../src/protocols/kernel/envelope.ts';
import { Setup } from '../../src/protocols/kernel/setup.ts';
import * as keygen from '../../src/protocols/keygen/messages.ts';
import * as presign from '../../src/protocols/presign/messages.ts';
import * as reshare from '../../src/protocols/reshare/messages.ts';
import * as sign from '../../src/protocols/sign/messages.ts';

/** One round of one protocol, as the envelopes number it. */
export interface Message {
  readonly round: number;
  readonly name: string;
  readonly broadcast: Schema;
  /** `undefined` in a round without direct messages. */
  readonly direct: Schema | undefined;
}

/** Sizes that the codecs of a protocol depend on. */
export interface Size {
  readonly threshold: number;
  readonly batch: number;
  /** Of a reshare. */
  readonly dealers?: number;
}

interface AnyRound {
  readonly name: string;
  readonly broadcast: Pick<Codec<unknown>, 'schema'>;
  readonly direct: Pick<Codec<unknown>, 'schema'>;
}

const hasFields = (schema: Schema): boolean => schema.kind !== 'struct' || schema.fields.length > 0;

const message = (round: number, { name, broadcast, direct }: AnyRound): Message => ({
  round,
  name,
  broadcast: broadcast.schema,
  direct: hasFields(direct.schema) ? direct.schema : undefined,
});

/** Every round of every protocol whose messages are changed here, by protocol. */
export const registry = {
  keygen: ({ threshold }: Size): readonly Message[] => [
    message(0, Setup),
    message(1, keygen.Commit),
    message(2, keygen.revealRound(threshold)),
    message(3, keygen.Confirm),
    message(4, keygen.Certify),
  ],
  presign: ({ batch, threshold }: Size): readonly Message[] => [
    message(0, Setup),
    message(1, presign.Commit),
    message(2, presign.extendRound(batch)),
    message(3, presign.multiplyRound(batch)),
    message(4, presign.confirmRound(threshold)),
  ],
  reshare: ({ threshold, dealers = 0 }: Size): readonly Message[] => [
    message(0, Setup),
    message(
      1,
      reshare.dealRound(threshold, () => true),
    ),
    message(2, reshare.voteRound(dealers)),
    message(3, reshare.Acknowledge),
  ],
  sign: (): readonly Message[] => [message(1, sign.Nonce), message(2, sign.Share)],
} as const;

/** A protocol whose messages are changed. */
export type ProtocolName = keyof typeof registry;

/** What every envelope carries besides its payload. */
export const frame: { readonly header: Schema; readonly directs: Schema } = {
  header: headerCodec.schema,
  directs: directsCodec.schema,
};

/**
 * Every codec and round that a file of messages exports, and where it is changed. `registry` fails to name
 * one
 * that is new, and so does its test, until somebody has decided what becomes of it.
 */
export const claims: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kernel/setup.ts': { helloCodec: 'round setup', Setup: 'round setup' },
  'kernel/envelope.ts': { headerCodec: 'frame header', directsCodec: 'frame directs' },
  'kernel/spec.ts': { specCodec: 'agreed: its hash names the session, so a changed one is another session' },
  'kernel/notices.ts': {
    abortCodec: 'notice abort',
    exhibitCodec: 'notice exhibit',
    closeCodec: 'notice close',
  },
  'keygen/messages.ts': {
    commitmentCodec: 'round keygen/commit',
    revealCodec: 'round keygen/reveal',
    dealCodec: 'round keygen/reveal',
    confirmationCodec: 'round keygen/confirm',
    certificationCodec: 'round keygen/certify',
    Commit: 'round keygen/commit',
    revealRound: 'round keygen/reveal',
    Confirm: 'round keygen/confirm',
    Certify: 'round keygen/certify',
    pendingShareCodec: 'stored: sealed on the own disk, never sent',
  },
  'presign/messages.ts': {
    commitmentCodec: 'round presign/commit',
    extendCodec: 'round presign/extend',
    revealCodec: 'round presign/multiply',
    multiplyCodec: 'round presign/multiply',
    confirmationCodec: 'round presign/confirm',
    fragmentsCodec: 'said when P13 fails: each field of it is changed in test/byz/blame.test.ts',
    proofsCodec: 'said when P13 fails: each field of it is changed in test/byz/blame.test.ts',
    Commit: 'round presign/commit',
    extendRound: 'round presign/extend',
    multiplyRound: 'round presign/multiply',
    confirmRound: 'round presign/confirm',
    Prove: 'said when P13 fails: each field of it is changed in test/byz/blame.test.ts',
  },
  'ot/messages.ts': {
    rListCodec: 'round presign/commit',
    yListCodec: 'round presign/extend',
    extensionCodec: 'round presign/extend',
    multiplicationCodec: 'round presign/multiply',
  },
  'reshare/messages.ts': {
    dealingCodec: 'round reshare/deal',
    dealCodec: 'round reshare/deal',
    votingCodec: 'round reshare/vote',
    acknowledgingCodec: 'round reshare/acknowledge',
    dealRound: 'round reshare/deal',
    voteRound: 'round reshare/vote',
    Acknowledge: 'round reshare/acknowledge',
  },
  'reshare/activation.ts': {
    preparedCodec: 'stored, and part of a certificate: each field of it is changed in its own test',
    ackCodec: 'part of a certificate: each field of it is changed in its own test',
    commitCodec: 'part of a certificate: each field of it is changed in its own test',
    activationCodec: 'outside any session: each field of it is changed in its own test',
    preparedShareCodec: 'stored: sealed on the own disk, never sent',
  },
  'sign/messages.ts': {
    nonceCodec: 'round sign/nonce',
    shareCodec: 'round sign/share',
    Nonce: 'round sign/nonce',
    Share: 'round sign/share',
  },
};
