import { describe, expect, it } from 'vitest';

import {
  adminLine,
  adminRequest,
  ceremonyEvent,
  ceremonyView,
  ceremonyViews,
  nodeStatus,
  requestSummaries,
  signArgs,
  signProgress,
  signReport,
} from '../../../src/apps/admin-protocol.ts';
import { failureOf } from '../../../src/apps/failure.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { sampleEvent, sampleReport, sampleStatus, sampleView } from './fake-node.ts';

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('what goes over the admin socket', () => {
  it('is read back as it was written', () => {
    expect(nodeStatus.parse(overTheWire(sampleStatus))).toEqual(sampleStatus);
    expect(ceremonyView.parse(overTheWire(sampleView))).toEqual(sampleView);
    expect(ceremonyViews.parse([sampleView])).toEqual([sampleView]);
    expect(signReport.parse(overTheWire(sampleReport))).toEqual(sampleReport);
    const step = { type: 'quorum' as const, attempt: 1, signers: [1], text: 'x' };
    expect(signProgress.parse(step)).toEqual(step);
    const summary = { requestId: '0x', state: 'running' as const, askedAtMs: 1 };
    expect(requestSummaries.parse([summary])).toEqual([summary]);
    const failure = failureOf(new InputError('usage', 'x', 'y'));
    expect(adminLine.parse(overTheWire(failure))).toEqual(failure);
  });

  it('keeps fields of events that it does not know', () => {
    const event = sampleEvent(1, 'round', { round: 3, news: true });
    expect(ceremonyEvent.parse(event)).toEqual(event);
  });

  it('is refused with a field too many, or a number out of range', () => {
    expect(adminRequest.safeParse({ v: 1, verb: 'status', args: {}, more: 1 }).success).toBe(false);
    const good = { request: '0x00', deadlineMs: 1_000 };
    expect(signArgs.safeParse(good).success).toBe(true);
    for (const bad of [
      { deadlineMs: 0 },
      { deadlineMs: 1e9 },
      { signers: [0, 1] },
      { signers: [1] },
      { x: 1 },
    ])
      expect(signArgs.safeParse({ ...good, ...bad }).success).toBe(false);
  });
});
