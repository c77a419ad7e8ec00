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

test('lost connections and retryable errors are tried again after waits that grow', async () => {
  const { made, waits, error } = await run([
    new ConnectionLost('gone'),
    refused('UNAVAILABLE', true),
    new ConnectionLost('gone'),
  ]);
  expect({ made, error }).toEqual({ made: 4, error: null });
  expect(waits).toHaveLength(3);
  expect(waits[2]).toBeGreaterThan(waits[0] ?? Infinity);
});

test('a server that says how long to wait is obeyed', async () => {
  expect((await run([refused('TOO_MANY', true, 30)])).waits).toEqual([30_000]);
});

test('a server that says to go slower is obeyed as often as it says so, and that is no failure', async () => {
  const slower = Array.from({ length: 25 }, () => refused('TOO_MANY', true, 1));
  expect(await run(slower)).toMatchObject({ made: 26, error: null });
  const all = Array.from({ length: 200 }, () => refused('TOO_MANY', true, 1));
  expect((await run(all)).error).toBeInstanceOf(GraphError);
});

test('what may be done twice is sent again when nobody knows whether it was done', async () => {
  expect(await run([refused('UNAVAILABLE', false)])).toMatchObject({ made: 2, error: null });
});

test('what will not pass is not tried again, and patience has an end', async () => {
  expect(await run([refused('FORBIDDEN', false)])).toMatchObject({ made: 1, waits: [] });
  const all = Array.from({ length: 50 }, () => new ConnectionLost('gone'));
  expect(await run(all, 4)).toMatchObject({ made: 4, error: all[3] });
});

test('an error tells its code and the id under which the server logged it', () => {
  expect(refused('FORBIDDEN', false).message).toBe('No. (FORBIDDEN, request r1)');
});
