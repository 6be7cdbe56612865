import { readFileSync } from 'node:fs';

/** A file system on a pure floor. */
export const read: unknown = readFileSync;
