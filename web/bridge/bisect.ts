/**
 * The lowest number from `low` to `high` that `isGood`, where all above a good one are good too; undefined
 * where none is. Asks for some twenty of a million.
 */
export async function lowest(
  low: bigint,
  high: bigint,
  isGood: (number: bigint) => Promise<boolean>,
): Promise<bigint | undefined> {
  let [from, to] = [low, high + 1n];
  while (from < to) {
    const middle = (from + to) / 2n;
    if (await isGood(middle)) to = middle;
    else from = middle + 1n;
  }
  return from > high ? undefined : from;
}
