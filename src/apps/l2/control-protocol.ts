import { z } from 'zod';

import { type Address, parseAddress } from '../../ethereum/address.ts';
import { type PlaceChoice, placeChoices } from '../../services/batcher/place-choice.ts';

/** What a running sequencer is told over its admin socket; the words are none that a signer knows. */
export type ControlVerb =
  | 'sequencer-status'
  | 'sequencer-pause'
  | 'sequencer-resume'
  | 'sequencer-flush'
  | 'sequencer-retry'
  | 'sequencer-place'
  | 'sequencer-clear';

/** One question. Two have arguments: which account goes on, at which nonce; where payloads go. */
export type ControlRequest =
  | { readonly verb: Exclude<ControlVerb, 'sequencer-clear' | 'sequencer-place'> }
  | { readonly verb: 'sequencer-place'; readonly args: { readonly place: PlaceChoice } }
  | {
      readonly verb: 'sequencer-clear';
      readonly args: { readonly account: Address; readonly nonce: bigint };
    };

const version = z.literal(1);
const account = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'is no account')
  .transform((text) => parseAddress(text.toLowerCase()));
const nonce = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,18})$/, 'is no nonce')
  .transform(BigInt);

/** A question, as it comes over the socket. */
export const controlRequest: z.ZodType<ControlRequest> = z.union([
  z.strictObject({
    v: version,
    verb: z.enum([
      ...(['sequencer-status', 'sequencer-pause', 'sequencer-resume'] as const),
      ...(['sequencer-flush', 'sequencer-retry'] as const),
    ]),
    args: z.strictObject({}),
  }),
  z.strictObject({
    v: version,
    verb: z.literal('sequencer-clear'),
    args: z.strictObject({ account, nonce }),
  }),
  z.strictObject({
    v: version,
    verb: z.literal('sequencer-place'),
    args: z.strictObject({ place: z.enum(placeChoices) }),
  }),
]);

/** A place on a chain: a number in decimal digits, and a hash. */
interface Place {
  readonly number: string;
  readonly hash: string;
}

/** What brings blocks onto L1; amounts and numbers in decimal digits. */
export interface BatchingStatus {
  readonly isPaused: boolean;
  /** All that is there is to go into batches, whatever its age. */
  readonly isFlush: boolean;
  /** Where payloads go. */
  readonly place: string;
  /** Batches that are not final, oldest first, and some that are. */
  readonly batches: readonly {
    readonly index: string;
    readonly phase: string;
    readonly place: string;
    readonly nonce?: string | undefined;
    readonly tx?: string | undefined;
    readonly l1Block?: string | undefined;
  }[];
  readonly accounts: readonly {
    readonly account: string;
    readonly nextNonce: string;
    readonly isStopped: boolean;
    /** Wei; left out before L1 has answered. */
    readonly balance?: string | undefined;
    readonly runwayDays?: string | undefined;
  }[];
  readonly alarms: readonly { readonly alarm: string; readonly detail: string }[];
}

/** A sequencer at a glance. */
export interface SequencerStatus {
  readonly account: string;
  readonly heads: { readonly unsafe: Place; readonly safe: Place; readonly finalized: Place };
  /** The last block of L1 that was read. */
  readonly l1: Place;
  /** What the second engine says, where one is named. */
  readonly secondEngine?: string | undefined;
  /** Left out while batching has not begun. */
  readonly batching?: BatchingStatus | undefined;
  /** Why it has not. */
  readonly waitsFor?: string | undefined;
}

const text = z.string();
const place = z.object({ number: text, hash: text });
const optional = text.optional();

/** A sequencer at a glance, as it tells it. */
export const sequencerStatus: z.ZodType<SequencerStatus> = z.object({
  account: text,
  heads: z.object({ unsafe: place, safe: place, finalized: place }),
  l1: place,
  ...{ waitsFor: optional, secondEngine: optional },
  batching: z
    .object({
      isPaused: z.boolean(),
      isFlush: z.boolean(),
      place: text,
      batches: z.array(
        z.object({ index: text, phase: text, place: text, nonce: optional, tx: optional, l1Block: optional }),
      ),
      accounts: z.array(
        z.object({
          ...{ account: text, nextNonce: text, isStopped: z.boolean() },
          ...{ balance: optional, runwayDays: optional },
        }),
      ),
      alarms: z.array(z.object({ alarm: text, detail: text })),
    })
    .optional(),
});
