import { expect, it } from 'vitest';

import { Queue } from '../../../../src/services/engine/queue.ts';

it('runs one task after another, and the next one also after a failure', async () => {
  const queue = new Queue();
  const seen: string[] = [];
  let release = (): void => undefined;
  const first = queue.run(
    () =>
      new Promise<void>((resolve) => {
        seen.push('first');
        release = () => {
          seen.push('first ends');
          resolve();
        };
      }),
  );
  const second = queue.run(() => {
    seen.push('second');
    return Promise.reject(new Error('no'));
  });
  const third = queue.run(async () => {
    seen.push('third');
    return 3;
  });
  await Promise.resolve();
  expect(seen).toEqual(['first']);
  release();
  await first;
  await expect(second).rejects.toThrow('no');
  expect(await third).toBe(3);
  expect(seen).toEqual(['first', 'first ends', 'second', 'third']);
});
