import { expect, test } from 'vitest';
import { ConnectionLost, GraphError } from '../../../clients/loader/graph/errors.ts';
import { patiently } from '../../../clients/loader/graph/patience.ts';

const refused = (code: string, retryable: boolean, retryAfter: number | null = null): GraphError =>
  new GraphError('No.', { code, retryable, retryAfter, limit: null, requestId: 'r1', incidentId: null });

async function run(failures: Error[], attempts?: number): Promise<{ made: number; waits: number[]; error: unknown }> {
  const waits: number[] = [];
  let made = 0;
  const wait = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const error: unknown = await patiently(
    () => {
      const failure = failures[made++];
      return failure ? Promise.reject(failure) : Promise.resolve(null);
    },
    { wait, ...(attempts === undefined ? {} : { attempts }) },
  ).catch((thrown: unknown) => thrown);
  return { made, waits, error };
}

test('lost connections and retryable errors are retried with growing delays', async () => {
  const { made, waits, error } = await run([
    new ConnectionLost('gone'),
    refused('UNAVAILABLE', true),
    new ConnectionLost('gone'),
  ]);
  expect({ made, error }).toEqual({ made: 4, error: null });
  expect(waits).toHaveLength(3);
  expect(waits[2]).toBeGreaterThan(waits[0] ?? Infinity);
});

test('the wait given by the server is respected', async () => {
  expect((await run([refused('TOO_MANY', true, 30)])).waits).toEqual([30_000]);
});

test('rate limits of the server are respected as often as they occur, and do not count as failures', async () => {
  const slower = Array.from({ length: 25 }, () => refused('TOO_MANY', true, 1));
  expect(await run(slower)).toMatchObject({ made: 26, error: null });
  const all = Array.from({ length: 200 }, () => refused('TOO_MANY', true, 1));
  expect((await run(all)).error).toBeInstanceOf(GraphError);
});

test('a repeatable call is sent again if its outcome is unknown', async () => {
  expect(await run([refused('UNAVAILABLE', false)])).toMatchObject({ made: 2, error: null });
});

test('permanent errors are not retried, and retries end', async () => {
  expect(await run([refused('FORBIDDEN', false)])).toMatchObject({ made: 1, waits: [] });
  const all = Array.from({ length: 50 }, () => new ConnectionLost('gone'));
  expect(await run(all, 4)).toMatchObject({ made: 4, error: all[3] });
});

test('an error has its code and the server’s request id', () => {
  expect(refused('FORBIDDEN', false).message).toBe('No. (FORBIDDEN, request r1)');
});
