export { first } from './syntax.ts';

/** What a function works on, and four more. */
export const many = (a: number, b: string, c: bigint, d: boolean, e: object): unknown => [a, b, c, d, e];
