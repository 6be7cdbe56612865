import { describe, expect, test } from 'vitest';

import { refusalOf, warningOf } from '../../../../web/shared/limits.ts';

describe('many files', () => {
  test('are taken with a word on how long they take, and what does it faster', () => {
    expect([refusalOf(4_000), warningOf(4_000)]).toEqual([undefined, undefined]);
    expect(refusalOf(200_000)).toBeUndefined();
    expect(warningOf(30_009)).toContain('30009 files take some minutes');
    expect(warningOf(30_009)).toContain('conclave audit verify <folder>');
  });

  test('are refused where they are too many, with the command to type', () => {
    expect(refusalOf(200_001)).toContain('Type: conclave audit verify <folder>');
  });
});
