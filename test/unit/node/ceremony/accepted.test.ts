import { describe, expect, it } from 'vitest';

import { writeDefinition } from '../../../../src/chain/definition-file.ts';
import { ascii } from '../../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { acceptedCeremonies } from '../../../../src/node/ceremony/accepted.ts';
import { changeOf, firstEpoch, seedOf, signedBy } from '../../audit/support/epochs.ts';
import { memoryDisk } from '../helpers.ts';

const first = firstEpoch(3, 2);
const definition = changeOf(first.lock, { ceremony: 'refresh' });
const endMs = Number(definition.timing.executeByMs);

/** What the second member finds of a ceremony that these have signed. */
function found(signers: readonly number[], files: Readonly<Record<string, string>> = {}, nowMs = endMs - 1) {
  const disk = memoryDisk();
  const plan = { ...signedBy(definition, signers), previous: first.lock };
  disk.files.set('ceremonies/c/definition.json', writeDefinition(plan));
  for (const [name, text] of Object.entries(files)) disk.files.set(`ceremonies/c/${name}`, ascii(text));
  const identityPk = identityPublicKey(seedOf(2));
  return acceptedCeremonies({ disk, nowMs: () => nowMs, folder: 'ceremonies', identityPk });
}

describe('a ceremony of before the last start', () => {
  it('counts on this node when its signature is on disk, whatever its events had told by then', () => {
    for (const events of ['', '{"type":"proposed"}\n', '{"type":"accepted"}\n{"type":"gathering"}\n'])
      expect(found([1, 2], { 'events.jsonl': events })).toMatchObject([
        { folder: 'ceremonies/c', plan: { definition: { ceremony: 'refresh' } } },
      ]);
  });

  it('does not without its signature', () => {
    expect(found([1, 3])).toEqual([]);
  });

  it('does not any more when its time is over', () => {
    expect(found([2], {}, endMs)).toEqual([]);
  });

  it.each(['round', 'resumed', 'result', 'prepared', 'certificate'])(
    'is not begun anew behind its %s: nobody may hear two answers of one attempt',
    (type) => {
      expect(found([2], { 'events.jsonl': `{"type":"accepted"}\n{"type":"${type}"}\n` })).toEqual([]);
    },
  );

  it.each(['lock.json', 'activation.json', 'transcript.jsonl'])('is not begun anew beside its %s', (name) => {
    expect(found([2], { [name]: '{}' })).toEqual([]);
  });

  it('that cannot be read is passed over', () => {
    expect(found([2], { 'definition.json': '{' })).toEqual([]);
  });
});
