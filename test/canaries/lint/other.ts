import { type Shade, shadeOf } from './shades.ts';
import { Tint } from './shades.ts';

export const later = async (): Promise<void> => Promise.resolve();

export function careless(shade: Shade, list: readonly number[], anything: any): number {
  later();
  list.forEach(async () => later());
  console.log(shadeOf(shade), anything);
  switch (shade) {
    case 'light':
      return list[0]!;
  }
  const tint: Tint = { depth: 1 };
  return tint.depth;
}
