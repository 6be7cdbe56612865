import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MAX_ENTRY_BYTES, encodeLogEntry } from '../src/chain/log/entry.ts';
import { Bug } from '../src/crypto/errors.ts';
import { SignatureLog } from '../src/node/log/signature-log.ts';
import { systemClock } from '../src/system/clock.ts';
import { openDisk } from '../src/system/disk.ts';
import type { Disk } from '../src/system/ports.ts';
import { events, filled } from '../test/unit/chain/log/samples.ts';
import { memoryLog } from '../test/unit/node/helpers.ts';
import { type Context, measureOn } from './context.ts';
import { median, rounded } from './measure.ts';

/** Entries that are in the log already, and those that are measured. */
const BEFORE = 10_000;
const MEASURED = 2_000;
/** On a disk each takes an fsync. */
const MEASURED_ON_DISK = 200;

const subject = { keyId: filled(3), epochNo: 1 };

/**
 * The entry of a signature in the signature log: encoding, chain and tree alone, and with the disk of this
 * machine.
 */
export function benchLog(context: Context): void {
  const [size] = context.plan.sizes;
  if (size === undefined) return;
  for (const primitives of context.plan.kinds) {
    measureOn(primitives);
    const cpuMs = appendMs(logOn(nowhere), BEFORE, MEASURED);
    const folder = mkdtempSync(join(tmpdir(), 'conclave-bench-log-'));
    try {
      const diskMs = appendMs(logOn(openDisk({ folder })), 0, MEASURED_ON_DISK);
      const row = {
        bench: 'log',
        ...size,
        primitives,
        runs: MEASURED,
        cpuMsPerEntry: rounded(median(cpuMs)),
        diskMsPerEntry: rounded(median(diskMs)),
        entryBytes: entryBytes(),
        entries: BEFORE,
      } as const;
      context.add(row, `${row.cpuMsPerEntry} ms an entry, with the disk ${row.diskMsPerEntry} ms`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

const signed = () => {
  const [sign] = events.filter(({ kind }) => kind === 'sign');
  if (sign === undefined) throw new Bug('no sample of a signature');
  return sign;
};

function entryBytes(): number {
  const about = { version: 1, seq: 0, prev: filled(0), atMs: 1, ...subject, event: signed() } as const;
  const { length } = encodeLogEntry(about);
  if (length > MAX_ENTRY_BYTES) throw new Bug('an entry above its limit');
  return length;
}

const logOn = (disk: Disk): SignatureLog =>
  SignatureLog.open(
    { folder: 'data/log', owner: filled(1), cluster: filled(2) },
    { disk, clock: systemClock, log: memoryLog() },
  );

/** Milliseconds of each measured entry, by the clock; nothing else runs meanwhile. */
function appendMs(log: SignatureLog, before: number, measured: number): readonly number[] {
  const event = signed();
  for (let i = 0; i < before; i++) log.append(event, subject);
  return Array.from({ length: measured }, () => {
    const startedMs = performance.now();
    log.append(event, subject);
    return performance.now() - startedMs;
  });
}

/** A disk that keeps nothing. */
const nowhere: Disk = {
  ...{ read: () => undefined, list: () => [], freeBytes: () => 0 },
  ...{ replace: () => undefined, create: () => undefined, append: () => undefined },
  ...{ truncate: () => undefined, move: () => undefined, remove: () => undefined, shred: () => undefined },
};
