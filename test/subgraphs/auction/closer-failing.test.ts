import { afterEach, expect, test, vi } from 'vitest';
import { createLog } from '../../../platform/telemetry/log.ts';
import type { Workplace } from '../../../platform/work/worker.ts';
import { AuctionCloser } from '../../../subgraphs/auction/closer/closer.service.ts';

afterEach(() => void vi.useRealTimers());

test('the closer stops retrying a lot that another process has closed', async () => {
  vi.useFakeTimers();
  let due = true;
  let queries = 0;
  const place = {
    clock: { now: () => new Date() },
    log: createLog({ level: 'silent' }),
    hub: { hear: () => () => undefined },
    database: {
      query: (sql: string, [waiting]: [string[]]) => {
        queries += 1;
        const isDue = due && sql.includes('ends_at') && !waiting.includes('auc_x');
        if (sql.includes('min(')) return Promise.resolve([{ ms: null }]);
        return Promise.resolve(isDue ? [{ universe: 'main', ids: ['auc_x'] }] : []);
      },
    },
    transaction: () => Promise.reject(new Error('not now')),
  } as unknown as Workplace;
  const closer = new AuctionCloser(place);
  closer.start();
  await vi.advanceTimersByTimeAsync(100);
  due = false;
  // The retry after a second finds that the lot is no longer due.
  await vi.advanceTimersByTimeAsync(2000);
  const before = queries;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(queries - before).toBe(0);
  await closer.close();
});
