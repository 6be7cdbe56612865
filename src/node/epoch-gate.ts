/**
 * Whether new work may start in an epoch. It closes once, when this node commits to the next epoch, and never
 * opens again; signatures that have consumed their presignature finish. [protocol, 12.5 rule 1]
 */
export class EpochGate {
  #isFrozen = false;

  /** No new presign or sign session starts in this epoch. */
  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Closes the gate. Again, it does nothing. */
  freeze(): void {
    this.#isFrozen = true;
  }
}
