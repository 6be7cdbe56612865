import { describe, expect, test } from 'vitest';

import { parseL2Settings, refuseSecondEngine } from '../../../../src/apps/l2/config.ts';
import { sampleL2Config } from '../../../../src/apps/l2/sample.ts';

const leader = `0x${'11'.repeat(20)}`;
const base = { l1: ['http://127.0.0.1:8545'], confirmations: '2', listen: '127.0.0.1:9545', leader };
const sequencer = { keyFile: 'leader.key', cluster: ['/node-1'], da: 'auto', maxAge: '30m' };
const read = (text: string) => parseL2Settings(text, 'l2.yaml');

test('the sample of a sequencer is read, with every default', () => {
  const settings = read(sampleL2Config({ ...base, sequencer }));
  expect(settings).toMatchObject({
    l1: { rpc: base.l1, confirmations: 2, poll: 500 },
    rpc: { listen: '127.0.0.1:9545', origins: [], beyond_loopback: false },
    sequencer: {
      ...{ key_file: 'leader.key', idle: 2_000, max_unsafe: 20_000, min_tip: 1n, cluster: ['/node-1'] },
      batches: { da: 'auto', max_age: 1_800_000, max_unfinal: 4 },
      fees: { cap: 100_000_000_000n, blob_cap: 200_000_000_000n, bump_after: 3 },
      sign_stale: 3_600_000,
    },
  });
  expect(settings.follow).toBeUndefined();
});

test('the sample of a verifier follows, or reads L1 alone', () => {
  const following = read(sampleL2Config({ ...base, follow: 'http://127.0.0.1:9545' }));
  expect(following.follow).toEqual({ rpc: 'http://127.0.0.1:9545', poll: 250 });
  const members = [{ url: 'http://127.0.0.1:1', account: leader }];
  const asking = read(`${sampleL2Config(base)}committee: { members: ${JSON.stringify(members)} }\n`);
  expect(asking.committee).toEqual({ members, timeout: 30_000 });
  const alone = read(sampleL2Config(base));
  expect([alone.follow, alone.sequencer]).toEqual([undefined, undefined]);
});

test('a second engine is refused where two blocks may have one time', () => {
  const text = `${sampleL2Config(base)}second_engine: { url: "http://127.0.0.1:8551", jwt_file: "jwt" }\n`;
  const settings = read(text);
  expect(settings.second_engine).toEqual({ url: 'http://127.0.0.1:8551', jwt_file: 'jwt' });
  expect(() => refuseSecondEngine(settings, { slotMs: 999 })).toThrow(
    expect.objectContaining({ code: 'config-invalid', path: 'second_engine' }),
  );
  expect(() => refuseSecondEngine(settings, { slotMs: 1_000 })).not.toThrow();
  expect(() => refuseSecondEngine(read(sampleL2Config(base)), { slotMs: 250 })).not.toThrow();
});

describe('refused, with the place and the reason', () => {
  const text = sampleL2Config({ ...base, sequencer });
  const committee =
    '  committee: { members: [{ url: "http://127.0.0.1:1", account: "LEADER" }], required: 2 }';
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['an unknown setting', `${text}color: blue\n`, /color/],
    ['another version', text.replace('version: 1', 'version: 2'), /version/],
    ['no endpoint', text.replace(/rpc: \["http[^\]]*\]/, 'rpc: []'), /l1\.rpc/],
    ['an endpoint that is none', text.replace('http://127.0.0.1:8545', 'ftp://x'), /l1\.rpc\.0 is no http/],
    ['no place', text.replace('127.0.0.1:9545', '9545'), /rpc\.listen is not of the form/],
    ['no account', text.replace(leader, '0x12'), /leader is no account/],
    ['a place of payloads that is none', text.replace('da: auto', 'da: tape'), /sequencer\.batches\.da/],
    ['no signer', text.replace('cluster: ["/node-1"]', 'cluster: []'), /sequencer\.cluster/],
    ['a duration that is none', text.replace('idle: 2s', 'idle: 2'), /sequencer\.idle is no duration/],
    ['who builds and follows', `${text}follow: { rpc: "http://127.0.0.1:1" }\n`, /a node builds or follows/],
    [
      'a second committee of who builds',
      `${text}committee: { members: [{ url: "http://127.0.0.1:1", account: "${leader}" }] }\n`,
      /is sequencer\.committee/,
    ],
    ['a committee of nobody', text.replace('da: auto', 'da: committee'), /names none/],
    [
      'more of a committee than there are',
      text.replace('  # Wei per gas.', committee.replace('LEADER', leader)),
      /more members of the committee/,
    ],
  ];
  test.each(cases)('%s', (_, bad, words) => {
    expect(() => read(bad)).toThrow(words);
    expect(() => read(bad)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  });
});
