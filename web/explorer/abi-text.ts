/**
 * The text in what a contract returned for `name()` or `symbol()`; undefined for anything else. At most 100
 * characters: contracts call themselves what they like. [Solidity ABI]
 */
export function abiText(hex: string): string | undefined {
  const bytes = Uint8Array.from((hex.slice(2).match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
  const [offset, length] = [smallAt(bytes, 0), smallAt(bytes, 32)];
  if (offset !== 32 || length === undefined || 64 + length > bytes.length) return undefined;
  return new TextDecoder().decode(bytes.subarray(64, 64 + length)).slice(0, 100);
}

/** A word of 32 bytes that is a small number. */
function smallAt(bytes: Uint8Array, at: number): number | undefined {
  const word = bytes.subarray(at, at + 32);
  if (word.length < 32 || word.subarray(0, 29).some((byte) => byte !== 0)) return undefined;
  return word.subarray(29).reduce((sum, byte) => sum * 256 + byte, 0);
}
