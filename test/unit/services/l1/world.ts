import type { SealedBatch } from '../../../../src/chain/sealed-batch.ts';
import { SubmitterService } from '../../../../src/services/l1/service.ts';
import type { Disk } from '../../../../src/system/ports.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { SimDisk } from '../../../sim/disk.ts';
import { keptLog } from '../../../sim/log.ts';
import { SimCluster, SimL1, sealed, settings } from './sim-l1.ts';

/** A submitter in a world of its own. */
export class World {
  readonly clock: SimClock = new SimClock();
  readonly cluster: SimCluster = new SimCluster();
  readonly ended: string[] = [];
  readonly deaths: unknown[] = [];
  readonly disk: SimDisk;
  readonly l1: SimL1;
  service: SubmitterService;
  derived: boolean | undefined = true;
  /** By whom the own driver says that a batch was brought. */
  broughtBy: (index: bigint) => Uint8Array = (index) => this.l1.hashOf(index);

  constructor(seed: number) {
    this.disk = new SimDisk(seed);
    this.l1 = new SimL1(seed);
    this.service = this.open(this.disk.open());
  }

  open(disk: Disk): SubmitterService {
    return new SubmitterService(settings, {
      ...{ disk, clock: this.clock, log: keptLog(), l1: this.l1.port, cluster: this.cluster },
      withBlobs: async (raw) => raw,
      derived: (index) =>
        this.derived === undefined ? undefined : { isTaken: this.derived, l1Hash: this.broughtBy(index) },
      ended: (index, how) => void this.ended.push(`${index} ${how}`),
      fatal: (error) => void this.deaths.push(error),
    });
  }

  /** A process that starts again gets its batches from the batcher. */
  restart(batches: readonly SealedBatch[]): void {
    this.service = this.open(this.disk.open());
    for (const batch of batches) this.service.submit(batch);
  }

  /** A look, a signature, another look, and a block. */
  async block(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await this.service.look();
      for (let turn = 0; turn < 6; turn++) await settle();
    }
    await this.clock.advance(12_000);
    this.l1.mine();
  }

  async blocks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.block();
  }

  get phases(): string {
    return this.service
      .status()
      .batches.map(({ index, phase }) => `${index} ${phase}`)
      .join(', ');
  }
}

/** So many batches, from the first. */
export const all = (count: number, da: SealedBatch['da'] = 'calldata'): readonly SealedBatch[] =>
  Array.from({ length: count }, (_, i) => sealed(BigInt(i + 1), da));
