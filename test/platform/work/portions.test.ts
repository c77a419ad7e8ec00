import { expect, test } from 'vitest';
import type { Transaction } from '../../../platform/context/context.ts';
import { portions } from '../../../platform/work/portions.ts';
import type { Workplace } from '../../../platform/work/worker.ts';

/** A workplace with plain calls as transactions and a list as its log. */
function place(logged: unknown[]): Workplace {
  return {
    clock: { now: () => new Date(0) },
    log: { error: (entry: unknown) => logged.push(entry) },
    transaction: (_label: string, _universe: string, work: (tx: Transaction) => Promise<unknown>) => work({} as never),
  } as unknown as Workplace;
}

test('all rows are processed over all pages; a failing one does not block others', async () => {
  const left = new Map(Array.from({ length: 250 }, (_, n) => [String(n).padStart(3, '0'), 1 + (n % 3)]));
  const ended: string[] = [];
  const logged: unknown[] = [];
  const worker = portions({
    name: 'test.portions',
    due: (_place, after, limit) =>
      Promise.resolve(
        [...left.keys()]
          .filter((id) => id > after)
          .slice(0, limit)
          .map((id) => ({ id, universe: 'one' })),
      ),
    portion(_tx, { id }) {
      if (id === '007') return Promise.reject(new Error('cannot be done'));
      const rest = (left.get(id) ?? 0) - 1;
      left.set(id, rest);
      return Promise.resolve(rest > 0);
    },
    ended: (_place, { id }) => Promise.resolve(void ended.push(id)),
  })(place(logged));
  await worker.settled();
  await worker.close();
  expect([...left].filter(([, rest]) => rest > 0).map(([id]) => id)).toEqual(['007']);
  expect(ended).toHaveLength(249);
  expect(logged).toHaveLength(1);
});
