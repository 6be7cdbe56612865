/** Flags that both kinds of node are made with. */
export interface NewL2Flags {
  readonly rollup: string;
  readonly genesis: string;
  readonly l1: readonly string[];
  readonly confirmations: string;
  readonly listen: string;
}

/** Flags of `sequencer init`. */
export interface NewSequencerFlags extends NewL2Flags {
  readonly keyFile: string;
  readonly cluster: readonly string[];
  readonly da: string;
  readonly maxAge: string;
}

/** Flags of `verifier init`. */
export interface NewVerifierFlags extends NewL2Flags {
  readonly leader: string;
  readonly follow?: string;
}

/** Flags of `sequencer repair`. */
export interface RepairFlags {
  readonly anotherKey?: boolean;
}
