import type { PayloadPlace } from '../../chain/block-batch.ts';

/** Where payloads go: always to one place, or to the cheaper one on L1. */
export const placeChoices = ['auto', 'calldata', 'blobs', 'committee'] as const;

/** One of them. */
export type PlaceChoice = 'auto' | PayloadPlace;
