export * from './other.ts';
export enum Colour {
  Red,
}
export namespace Paint {
  export const red = 1;
}
export class Point {
  constructor(public readonly x: number) {}
}
export default Colour;
