import { expect, it } from 'vitest';

import { ascii, to0x } from '../../../src/crypto/bytes.ts';
import { keccak256, parseAddress } from '../../../src/ethereum/address.ts';
import { inboxEventsOf, seenInboxCall } from '../../../src/ethereum/l1-events.ts';
import { repostCall, repostTopic } from '../../../src/ethereum/repost-call.ts';

const inbox = parseAddress('0x00000000000000000000000000000000000000a1');
const hash = (text: string): Uint8Array => keccak256(ascii(text));

it('a payload is posted again by the call that derivation reads', () => {
  const payload = ascii('a payload');
  const header = {
    ...{ index: 7n, firstBlock: 1n, lastBlock: 3n, parentHash: hash('a'), lastHash: hash('b') },
    ...{ blocksRoot: hash('c'), lastOrigin: 9n, da: 4, compression: 12, payloadSize: payload.length },
    ...{ payloadHash: keccak256(payload), setId: 2n },
  };
  const { to, data, value } = repostCall(inbox, header, payload);
  expect([to, value]).toEqual([inbox, undefined]);
  expect(seenInboxCall(data)).toEqual({ name: 'repost', header, payload });
});

it('its event has the topic under which it is looked for', () => {
  expect(to0x(repostTopic)).toBe(to0x(hash('PayloadReposted(uint64)')));
  const index = new Uint8Array(32).fill(7, 31);
  const log = { address: inbox, topics: [repostTopic, index], data: new Uint8Array(0) };
  expect(inboxEventsOf([log], inbox).reposted).toEqual([7n]);
});
