export type Shade = 'light' | 'dark';
export interface Tint {
  readonly depth: number;
  method(): void;
}
export const shadeOf = (shade: Shade): string => shade;
