/** Syntax that cannot be erased. */
export enum Colour {
  Red,
}
/** A parameter property. */
export class Point {
  constructor(public readonly x: number) {}
}
/** An element that may not be there. */
export const first = (list: readonly number[]): number => list[0];
/** A property that is `undefined` and not absent. */
export const absent: { readonly a?: number } = { a: undefined };
