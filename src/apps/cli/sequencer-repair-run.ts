import { SealBook } from '../../services/builder/seal-book.ts';
import { repairJournal } from '../../services/l1/journal.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { takeFolder } from '../../system/folder-lease.ts';
import type { Disk } from '../../system/ports.ts';
import { SEAL_FILE } from '../l2/sequencer.ts';
import { result } from '../output.ts';
import type { Cli } from './context.ts';
import type { RepairFlags } from './l2-flags.ts';

/** Cuts the journal of the submitter back to what is sound, or begins another key's seal file. */
export async function repairSequencer(cli: Cli, { anotherKey = false }: RepairFlags): Promise<void> {
  const lease = await takeFolder(cli.dataDir, systemClock.nowMs());
  try {
    const disk = openDisk({ folder: cli.dataDir });
    if (anotherKey) beginSeals(cli, disk);
    else cutJournal(cli, disk);
  } finally {
    await lease.release();
  }
}

function cutJournal(cli: Cli, disk: Disk): void {
  const kept = repairJournal(disk);
  result(cli.output, { kept }, [
    `${cli.output.paint('good', '✔')} ${kept} records of the journal are sound and stay`,
    'what was lost is asked for again; signers sign no second content for an index or a nonce',
  ]);
}

function beginSeals({ output }: Cli, disk: Disk): void {
  SealBook.begin(disk, SEAL_FILE);
  result(output, { begun: SEAL_FILE }, [
    `${output.paint('good', '✔')} ${SEAL_FILE} is begun anew`,
    'start only with a key that has never sealed a block, written as leader into each l2.yaml',
  ]);
}
