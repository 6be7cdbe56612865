/**
 * Where upgradeable contracts keep what: a description of it, and whether a later one still finds what an
 * earlier one wrote.
 */

/** A struct or an enum as it lies in storage. */
export interface StoredType {
  /** What it takes, in bytes. */
  readonly bytes: number;
  /** Whether something lies right behind it, so that it cannot grow: in an array, a struct, a slot. */
  readonly isInPlace: boolean;
  /** Fields by place, or the names of an enum in order. */
  readonly lines: readonly string[];
}

/** What one contract keeps. */
export interface StoredContract {
  /** Variables by slot and byte, with their types. */
  readonly slots: readonly string[];
  /** Structs at slots of their own (ERC-7201), by the id of the namespace. */
  readonly namespaces: Readonly<Record<string, readonly string[]>>;
}

/** What all of them keep. */
export interface StorageLayouts {
  readonly contracts: Readonly<Record<string, StoredContract>>;
  readonly types: Readonly<Record<string, StoredType>>;
}

/** A variable or a field, as solc names it. */
export interface SolcVariable {
  readonly label: string;
  readonly offset: number;
  readonly slot: string;
  readonly type: string;
}

/** A type, as solc names it. */
export interface SolcType {
  readonly encoding: string;
  readonly label: string;
  readonly numberOfBytes: string;
  readonly base?: string;
  readonly members?: readonly SolcVariable[];
}

/** The layout of one contract, as solc gives it. */
export interface SolcLayout {
  readonly storage: readonly SolcVariable[];
  readonly types: Readonly<Record<string, SolcType>> | null;
}

/** Variables as lines: slot, byte in it, name, type. */
export function linesOf(
  variables: readonly SolcVariable[],
  types: Readonly<Record<string, SolcType>>,
): readonly string[] {
  return variables.map(
    ({ slot, offset, label, type }) => `${slot}+${offset} ${label}: ${types[type]?.label ?? type}`,
  );
}

/** The structs and enums of a layout by name; those named as roots stand at slots of their own. */
export function typesOf(
  { storage, types }: SolcLayout,
  enums: ReadonlyMap<string, readonly string[]>,
  roots: ReadonlySet<string> = new Set(),
): Readonly<Record<string, StoredType>> {
  const all = types ?? {};
  const inPlace = new Set([
    ...storage.map(({ type }) => type).filter((type) => !roots.has(type)),
    ...Object.values(all).flatMap(({ base, members }) => [
      ...(base === undefined ? [] : [base]),
      ...(members ?? []).map(({ type }) => type),
    ]),
  ]);
  const found: Record<string, StoredType> = {};
  for (const [name, { label, numberOfBytes, members }] of Object.entries(all)) {
    const lines = members === undefined ? enums.get(label) : linesOf(members, all);
    if (lines === undefined || roots.has(name)) continue;
    found[label] = { bytes: Number(numberOfBytes), isInPlace: inPlace.has(name), lines };
  }
  return found;
}

/** One description of several: a struct that lies in place anywhere counts as such. */
export function joinTypes(
  parts: readonly Readonly<Record<string, StoredType>>[],
): Readonly<Record<string, StoredType>> {
  const all: Record<string, StoredType> = {};
  for (const [label, type] of parts.flatMap((part) => Object.entries(part)))
    all[label] = { ...type, isInPlace: type.isInPlace || all[label]?.isInPlace === true };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What of an earlier layout a later one does not find any more; empty: it may take its place. */
export function lostIn(earlier: StorageLayouts, later: StorageLayouts): readonly string[] {
  return [
    ...Object.entries(earlier.contracts).flatMap(([name, kept]) => lostOf(name, kept, later.contracts[name])),
    ...Object.entries(earlier.types).flatMap(([label, type]) => lostOfType(label, type, later.types[label])),
  ];
}

function lostOf(name: string, kept: StoredContract, now: StoredContract | undefined): readonly string[] {
  if (now === undefined) return [`${name} is gone`];
  return [
    ...lostLines(name, kept.slots, now.slots),
    ...Object.entries(kept.namespaces).flatMap(([id, lines]) =>
      lostLines(`${name} at ${id}`, lines, now.namespaces[id] ?? []),
    ),
  ];
}

function lostOfType(label: string, kept: StoredType, now: StoredType | undefined): readonly string[] {
  if (now === undefined) return [`${label} is gone`];
  const isGrown = now.bytes !== kept.bytes && (kept.isInPlace || now.isInPlace);
  return [
    ...lostLines(label, kept.lines, now.lines),
    ...(isGrown ? [`${label} had ${kept.bytes} bytes and has ${now.bytes}, with others behind it`] : []),
  ];
}

/** What was there stays where it was; more may follow. */
const lostLines = (where: string, kept: readonly string[], now: readonly string[]): readonly string[] =>
  kept.flatMap((line, i) =>
    line === now[i] ? [] : [`${where}: "${line}" is now ${now[i] === undefined ? 'gone' : `"${now[i]}"`}`],
  );
