/** One lane of the register, for people. Numbers are decimal strings. [product, 8.4] */
export interface GuardRow {
  readonly lane: string;
  /** What the lane is bound to, in words. */
  readonly scope: string;
  /** The bytes of the scope, 0x: by them a lane is named exactly. */
  readonly scopeBytes: string;
  /** At or below it nothing is signed. */
  readonly low?: string | undefined;
  readonly highestRecorded?: string | undefined;
  readonly onL1?: string | undefined;
  /** Above it nothing is signed. */
  readonly high?: string | undefined;
  /** How many numbers ahead are accepted. */
  readonly gap?: string | undefined;
  /** What the last request was told since the start. */
  readonly lastAnswer?: string | undefined;
}

/** Why a node signs nothing, and what is missing before it may again. */
export interface QuarantineView {
  readonly why: string;
  /** Members whose answers count, by name, and how many have to. */
  readonly from: readonly string[];
  readonly required: number;
  /** Members with a link that have not answered. */
  readonly awaited: readonly string[];
  readonly isL1Seen: boolean;
  /** What the low marks become, and who says so. */
  readonly marks: readonly {
    readonly lane: string;
    readonly scope: string;
    readonly low: string;
    readonly source: string;
  }[];
}

/** The register of a running node. */
export interface GuardView {
  /** Entries so far. */
  readonly entries: string;
  readonly rows: readonly GuardRow[];
  readonly quarantine?: QuarantineView | undefined;
}

/** Which bound is moved. `high` as `null` takes the planned stop away. */
export interface RaiseRequest {
  readonly lane: string;
  /** The beginning of `scopeBytes`; may be left out where the lane is the only one of its name. */
  readonly scope?: string | undefined;
  readonly low?: string | undefined;
  readonly high?: string | null | undefined;
}

/** How a quarantine is to end. */
export interface ReleaseRequest {
  /** L1 does not answer, or this node has none: the operator has looked elsewhere. */
  readonly withoutL1: boolean;
  /** Without it, nothing is changed: the answer says what would be. */
  readonly isConfirmed: boolean;
}

/** What a running node offers about its guard. */
export interface GuardApi {
  readonly view: () => GuardView;
  /** Moves a bound. @throws InputError below-watermark | lane-unknown; OperationError guard-unavailable */
  readonly raise: (change: RaiseRequest) => GuardView;
  /** The interchange file: a consistent prefix, signed by this node. */
  readonly export: () => Uint8Array;
  /**
   * Asks all members anew how far they have signed, and ends the quarantine if enough of them answer.
   * @throws OperationError not-in-quarantine | release-refused, which says what is missing
   */
  readonly release: (request: ReleaseRequest) => Promise<GuardView>;
}
