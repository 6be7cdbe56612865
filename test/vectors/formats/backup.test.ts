import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { fromHex, to0x } from '../../../src/crypto/bytes.ts';
import { decodeContent } from '../../../src/node/backup/content.ts';
import { examineBackup } from '../../../src/node/backup/examine.ts';
import { parseRecipient, readRecipientKey, recipientText } from '../../../src/node/backup/recipient.ts';
import { type BackupKey, openBackup } from '../../../src/node/backup/seal.ts';
import { quickKdf } from '../../unit/node/helpers.ts';

// Written by the first release of the format, and never changed: whoever has such a backup can always open it.
const released = JSON.parse(readFileSync(new URL('backup.json', import.meta.url), 'utf8')) as {
  readonly recipientKey: readonly string[];
  readonly recipient: string;
  readonly password: string;
  readonly secret: string;
  readonly guardHead: string;
  readonly marks: readonly { lane: string; scope: string; low: string; high: string | null }[];
  readonly byRecipient: readonly string[];
  readonly byPassword: readonly string[];
};
const fileOf = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join('\n')}\n`);
const recipientKey = () => readRecipientKey(fileOf(released.recipientKey), 'recipient.key');
const cases: readonly (readonly [string, readonly string[], () => BackupKey])[] = [
  ['recipient', released.byRecipient, () => ({ kind: 'recipient', secret: recipientKey() })],
  ['password', released.byPassword, () => ({ kind: 'password', password: released.password })],
];

test('the key file of a recipient, version 1, is read', () => {
  expect(recipientText(parseRecipient(released.recipient))).toBe(released.recipient);
  expect(released.recipientKey).toContain(released.recipient);
});

describe.each(cases)('a backup of version 1 to a %s', (_, lines, key) => {
  test('is opened, and holds what it held', () => {
    const { header, secret } = openBackup(fileOf(lines), key(), quickKdf, 'backup');
    const content = decodeContent(secret, 'backup');
    expect(content.secret.use(to0x)).toBe(released.secret);
    expect([to0x(content.guard.head), content.guard.seq]).toEqual([released.guardHead, header.guardSeq]);
    expect(content.guard.marks).toEqual(
      released.marks.map(({ lane, scope, low, high }) => ({
        ...{ lane, scope: fromHex(scope), low: BigInt(low) },
        high: high === null ? undefined : BigInt(high),
      })),
    );
  });

  test('passes every check that needs no other file', () => {
    const options = { name: 'x', path: 'x', kdf: quickKdf, key: key(), newest: [] };
    const { checks } = examineBackup(fileOf(lines), options);
    expect(checks.map(({ id, verdict }) => `${id} ${verdict}`).join(', ')).toBe(
      'whole pass, name skip, opened pass, lock pass, header pass, share pass, guard pass, newest skip',
    );
  });
});
