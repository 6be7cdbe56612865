import { afterEach, beforeAll, beforeEach, expect } from 'vitest';

import { readTranscript } from '../../src/audit/transcript-file.ts';
import type { PartyIndex } from '../../src/crypto/brand.ts';
import { fromHex, latin1 } from '../../src/crypto/bytes.ts';
import type { EpochRecord } from '../../src/protocols/epoch.ts';
import { judge } from '../../src/protocols/judge.ts';
import { envelopeKinds } from '../../src/protocols/kernel/envelope.ts';
import { decodeEvidence } from '../../src/protocols/kernel/evidence.ts';
import { type Resident, changePlan, hold, stateOf } from './house.ts';
import { type Script, corrupt, reform } from './liar.ts';
import {
  type Image,
  all,
  awakenAll,
  imagesOf,
  linked,
  makeKey,
  ready,
  restarted,
  settleAll,
  stopAll,
} from './village.ts';

let residents: Resident[] = [];

/** All four of them. */
export const everybody = (): readonly Resident[] => residents;
/** The one that lies: party 2. */
export const liar = (): Resident => {
  const [, second] = residents;
  if (second === undefined) throw new RangeError('no second resident');
  return second;
};
/** The others. */
export const honest = (): readonly Resident[] => residents.filter((one) => one !== liar());

/** Four nodes with a key that needs three, made once; every test begins on that day, with honest nodes. */
export function fourNodes(port: number): void {
  let images: readonly Image[] = [];
  beforeAll(async () => {
    const made = await settleAll(4, port);
    await makeKey(made, 3);
    await stopAll(made);
    images = imagesOf(made);
  }, 60_000);
  beforeEach(async () => {
    residents = awakenAll(images);
    for (const { node } of residents) await node.start();
    await ready(residents);
    await linked(residents);
  });
  afterEach(async () => {
    reform();
    await stopAll(residents);
  });
}

/** The key is refreshed, while the second follows a script. Returns the ceremony. */
export async function refresh(script: Script, roundTimeoutMs = 10_000): Promise<string> {
  const [first] = residents;
  if (first === undefined) throw new RangeError('no first resident');
  corrupt(liar().publicKey, script);
  return hold(residents, changePlan(first, { kind: 'refresh', roundTimeoutMs }));
}

/** The liar is an honest node from now on, in a new process. */
export async function reformLiar(): Promise<void> {
  reform();
  const again = await restarted(liar());
  residents = residents.map((one, i) => (i === 1 ? again : one));
}

/** The ceremony is over at all honest nodes, and has come to nothing. */
export const over = async (id: string): Promise<void> =>
  all('an end', honest(), (one) => ['aborted', 'failed', 'timed-out'].includes(stateOf(one, id) ?? ''));

/** The ceremony is complete at these. */
export const complete = async (id: string, of: readonly Resident[] = honest()): Promise<void> =>
  all('complete', of, (one) => stateOf(one, id) === 'complete');

/** The files of evidence of a node. */
export const evidenceOf = ({ disk }: Resident): readonly string[] =>
  [...disk.files.keys()].filter((path) => path.includes('/evidence/'));

/**
 * Whom a file of evidence convicts: judged by it, by the transcript beside it, and by the epoch that was left;
 * `accuser` where it proves nothing.
 */
export function convictedBy({ disk }: Resident, path: string, old: EpochRecord): PartyIndex | 'accuser' {
  const file = latin1(disk.read(path) ?? new Uint8Array(0));
  const paper = transcriptBeside(path);
  const { evidence: hex = '' } = JSON.parse(file) as { readonly evidence?: string };
  const evidence = decodeEvidence(fromHex(hex) ?? new Uint8Array(0));
  const { spec, entries } = readTranscript(disk.read(paper) ?? new Uint8Array(0), paper);
  const hellos = entries.flatMap(({ envelope: { header, bytes } }) =>
    header.kind === envelopeKinds.broadcast && header.round === 0 ? [bytes] : [],
  );
  return judge(evidence, spec, hellos, old).guilty === 'accused' ? evidence.accused : 'accuser';
}
const transcriptBeside = (path: string): string => path.replace(/evidence\/[^/]*$/, 'transcript.jsonl');

/** How a ceremony ended at a node, for people. */
export const failureOf = ({ node }: Resident, id: string): string | undefined =>
  node.ceremonies().find((view) => view.id === id)?.failure;

/** Every honest node accuses these of something that is proven, and nobody else. */
export function expectNamed(names: readonly string[]): void {
  for (const { events } of honest()) {
    const blames = events.filter(({ type }) => type === 'blame');
    expect([...new Set(blames.flatMap(({ accused }) => accused as readonly string[]))]).toEqual(names);
  }
}
