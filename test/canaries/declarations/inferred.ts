/** A type that nobody wrote. */
export const inferred = [1, 2].map((n) => ({ n }));
