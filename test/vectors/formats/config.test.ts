import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { checkSettings, parseConfigText } from '../../../src/apps/config.ts';

it('a configuration of version 1 is read as it always was', () => {
  const text = readFileSync(join(import.meta.dirname, 'conclave-1.yaml'), 'utf8');
  const { settings, policy, guardLimits } = checkSettings(parseConfigText(text, 'conclave-1.yaml'), 'it');
  expect(settings).toMatchObject({
    node: { nickname: 'quiet-maple' },
    p2p: { listen: '127.0.0.1:7610', advertise: 'node2.example.org:7610', beyond_loopback: false },
    presign: { target: 64, ttl: 3_600_000 },
    sign: { deadline: 60_000, round_timeout: 10_000 },
  });
  expect(policy.rules).toMatchObject([
    { gasMax: 5_000_000n, valueMax: 0n, dataMaxBytes: 120_000, da: 'calldata' },
  ]);
  expect(guardLimits).toEqual({ maxGap: { nonce: 16n, batch: 4n }, feeStepsMax: 8 });
});
