/** A timer on a pure floor. */
export const later = (f: () => void): unknown => setTimeout(f, 1);
