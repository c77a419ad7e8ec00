import { expect, test } from 'vitest';
import { closeAll } from '../../../platform/config/close-all.ts';

test('all parts are closed in order although one fails, and its error is thrown', async () => {
  const closed: string[] = [];
  const part =
    (name: string, fails = false) =>
    async (): Promise<void> => {
      await Promise.resolve();
      closed.push(name);
      if (fails) throw new Error(`${name} failed`);
    };
  await expect(closeAll([part('first'), part('second', true), part('third', true), part('last')])).rejects.toThrow(
    'second failed',
  );
  expect(closed).toEqual(['first', 'second', 'third', 'last']);
});
