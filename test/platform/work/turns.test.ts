import { expect, test } from 'vitest';
import { Turns } from '../../../platform/work/turns.ts';

test('a fixed number runs at once, others follow in order, and a failure frees its place', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: 5 }, (_, n) =>
    turns
      .take(async () => {
        begun.push(n);
        await new Promise<void>((resolve) => (ends[n] = resolve));
        if (n === 0) throw new Error('failed');
      })
      .catch(() => undefined),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  for (const n of [0, 1, 2, 3, 4]) {
    ends[n]?.();
    await all[n];
    expect(begun).toEqual([0, 1, 2, 3, 4].slice(0, n + 3));
  }
});
