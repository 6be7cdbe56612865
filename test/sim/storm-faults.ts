import type { SimulatedHouse } from '../crash/simulated-house.ts';
import type { SimulatedNode } from '../crash/simulated-node.ts';
import type { DiskFault } from './disk.ts';
import type { NetworkFaults } from './network.ts';
import type { Choices } from './random.ts';

/** What goes wrong, by name: of the network, of processes, of disks. */
export const faultKinds = [
  'delay',
  'disconnect',
  'cut',
  'one-way',
  'loss',
  'duplicate',
  'reorder',
  'damage',
  'crash',
  'disk-error',
  'disk-full',
  'short-write',
  'torn-write',
] as const;
/** One of them. */
export type FaultKind = (typeof faultKinds)[number];

/** A fault that is there now; `end` takes it away. */
export interface Fault {
  readonly kind: FaultKind;
  /** Whose disk it is, if it is one of a disk. */
  readonly node?: SimulatedNode;
  readonly end: () => void;
}

const nothing = (): void => undefined;
/** How long what has no end of its own lasts, in milliseconds: from shorter to longer than a round. */
export const durationMs = (choices: Choices): number =>
  choices.happens(0.7) ? 20 + choices.below(1_500) : 2_000 + choices.below(14_000);

/** Frames in place of one. */
type Tamper = NetworkFaults['tamper'];

const losing =
  (choices: Choices): Tamper =>
  (frame) =>
    choices.happens(0.05) ? [] : [frame];
const doubling =
  (choices: Choices): Tamper =>
  (frame) =>
    choices.happens(0.1) ? [frame, frame] : [frame];
const damaging =
  (choices: Choices): Tamper =>
  (frame) =>
    choices.happens(0.05) ? [flipped(frame, choices.below(frame.length))] : [frame];

const flipped = (frame: Uint8Array, at: number): Uint8Array =>
  frame.map((byte, i) => (i === at ? byte ^ 1 : byte));

/** A frame is kept back now and then, and follows the next one of its direction. */
function reordering(choices: Choices): Tamper {
  const kept = new Map<string, Uint8Array>();
  return (frame, from, to) => {
    const link = `${from} ${to}`;
    const before = kept.get(link);
    kept.delete(link);
    if (before !== undefined) return [frame, before];
    if (!choices.happens(0.1)) return [frame];
    kept.set(link, frame);
    return [];
  };
}

/** Makes one thing go wrong. */
export function begin(kind: FaultKind, house: SimulatedHouse, choices: Choices): Fault {
  const { faults } = house.network;
  const index = 1 + choices.below(house.nodes.length);
  const node = house.at(index);
  const tampering = (tamper: Tamper): Fault => {
    faults.tamper = tamper;
    return { kind, end: () => (faults.tamper = (frame) => [frame]) };
  };
  switch (kind) {
    case 'delay':
      faults.delayMs = [1, choices.happens(0.3) ? 9_000 : 600];
      return { kind, end: () => (faults.delayMs = [1, 2]) };
    case 'disconnect':
      faults.breaks = 0.02;
      return { kind, end: () => (faults.breaks = 0) };
    case 'cut':
      faults.isCut = (from, to) => from === node.name || to === node.name;
      return { kind, end: () => (faults.isCut = () => false) };
    case 'one-way':
      faults.isCut = (from) => from === node.name;
      return { kind, end: () => (faults.isCut = () => false) };
    case 'loss':
      return tampering(losing(choices));
    case 'duplicate':
      return tampering(doubling(choices));
    case 'reorder':
      return tampering(reordering(choices));
    case 'damage':
      return tampering(damaging(choices));
    case 'crash':
      house.restartMs = choices.happens(0.5) ? 100 : 8_000;
      node.kill();
      return { kind, end: nothing };
    case 'disk-error':
    case 'disk-full':
    case 'short-write':
    case 'torn-write':
      node.disk.fault(diskFault(kind, choices));
      return { kind, node, end: () => node.disk.fault(undefined) };
  }
}

function diskFault(kind: FaultKind, choices: Choices): DiskFault {
  const atCall = 1 + choices.below(24);
  const bytes = choices.below(40);
  if (kind === 'disk-error') return { kind: 'error', code: 'EIO', atCall, isLasting: choices.happens(0.3) };
  if (kind === 'disk-full') return { kind: 'error', code: 'ENOSPC', atCall, isLasting: true };
  return kind === 'short-write' ? { kind, atCall, bytes } : { kind: 'power-loss', atCall, bytes };
}
