import { describe, expect, it } from 'vitest';

import {
  type Covering,
  depositState,
  forcedDeadline,
  forcedState,
  withdrawalState,
} from '../../../../web/bridge/states.ts';

describe('a movement', () => {
  it('to L2 waits for the origin, and is done where it is credited', () => {
    const at = { l1Block: 9n };
    expect(depositState(at, { origin: 7n, block: undefined, certainty: 'soft' })).toEqual({
      ...{ word: 'waiting for L1 confirmations', tone: 'open' },
      detail: 'L2 has come to the L1 block 7, of 9.',
    });
    expect(depositState(at, { origin: 9n, block: 70n, certainty: 'safe' })).toMatchObject({
      ...{ word: 'done', tone: 'sure', detail: 'Credited in the L2 block 70, safe.' },
    });
  });

  it('to L1 goes through output and window', () => {
    const output: Covering = { index: 4n, status: 'proposed', windowEnd: 1_700_000_000n, isFinal: false };
    const word = (covering: Covering | undefined, time = 1n, isSpent = false): string =>
      withdrawalState({ l2Block: 5n }, { isSpent, output: covering, time }).word;
    expect(word(undefined)).toBe('waiting for an output');
    expect(word(output)).toBe('in the challenge window');
    expect(word(output, output.windowEnd)).toBe('in the challenge window');
    expect(word(output, output.windowEnd + 1n)).toBe('window over');
    expect(word({ ...output, status: 'disputed' }, output.windowEnd + 1n)).toBe('disputed');
    expect(word({ ...output, isFinal: true })).toBe('ready');
    expect(word(undefined, 1n, true)).toBe('done');
    expect(withdrawalState({ l2Block: 5n }, { isSpent: false, output, time: 1n }).detail).toBe(
      'Output 4 can be disputed until 2023-11-14 22:13:20 UTC.',
    );
  });

  it('that is forced has a deadline, and an end', () => {
    const at = { l1Block: 9n, deadline: 77n };
    const word = (origin: bigint, status?: bigint): string =>
      forcedState(at, { origin, receipt: status === undefined ? null : { status } }).word;
    expect(word(8n)).toBe('waiting for L1 confirmations');
    expect(forcedState(at, { origin: 8n, receipt: null }).detail).toContain(
      'with the L1 block 77 at the latest',
    );
    expect([word(9n), word(9n, 1n), word(9n, 0n)]).toEqual(['left out', 'included', 'included, failed']);
  });
});

it('the deadline is window and grace, an eighth of it rounded up, after what came last', () => {
  expect(forcedDeadline(100n, { lastBatch: 0n, window: 3_600n })).toBe(100n + 3_600n + 450n);
  expect(forcedDeadline(100n, { lastBatch: 130n, window: 60n })).toBe(130n + 60n + 8n);
});
