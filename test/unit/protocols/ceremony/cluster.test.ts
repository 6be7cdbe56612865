import { describe, expect, it } from 'vitest';

import { clusterOf } from '../../../../src/protocols/ceremony/cluster.ts';
import { definitionHash } from '../../../../src/protocols/ceremony/definition.ts';
import { signedDefinition } from '../../audit/support/folders.ts';

describe('the name of a cluster', () => {
  it('is the hash of the definition of its first ceremony', () => {
    const { definition } = signedDefinition(4, 3);
    expect(clusterOf(definition)).toEqual(definitionHash(definition));
    expect(clusterOf({ ...definition, name: 'another' })).not.toEqual(clusterOf(definition));
  });
});
