import { type Definition, definitionHash } from './definition.ts';

/**
 * 32 bytes that name a cluster, the same in all epochs of its key: the hash of the definition of its keygen.
 * Links are bound to it.
 */
export const clusterOf = (definition: Definition): Uint8Array =>
  definition.key?.cluster ?? definitionHash(definition);
