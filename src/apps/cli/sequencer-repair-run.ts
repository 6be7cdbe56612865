import { repairJournal } from '../../services/l1/journal.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { takeFolder } from '../../system/folder-lease.ts';
import { result } from '../output.ts';
import type { Cli } from './context.ts';

/** Cuts the journal of the submitter back to what is sound, while no sequencer runs in the folder. */
export async function repairSequencer(cli: Cli): Promise<void> {
  const lease = await takeFolder(cli.dataDir, systemClock.nowMs());
  try {
    const kept = repairJournal(openDisk({ folder: cli.dataDir }));
    result(cli.output, { kept }, [
      `${cli.output.paint('good', '✔')} ${kept} records of the journal are sound and stay`,
      'what was lost is asked for again; signers sign no second content for an index or a nonce',
    ]);
  } finally {
    await lease.release();
  }
}
