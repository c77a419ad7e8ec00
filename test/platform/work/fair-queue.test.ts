import { expect, test } from 'vitest';
import { FairQueue, type FairQueueOptions } from '../../../platform/work/fair-queue.ts';

/** A queue whose work the test ends, and the order in which work began. */
function held(options: Partial<FairQueueOptions> = {}) {
  const queue = new FairQueue({ atOnce: 1, waitingAtMost: 6, waitingAtMostEach: 4, full: 'full', ...options });
  const begun: string[] = [];
  const ends = new Map<string, (result: string) => void>();
  const signals = new Map<string, AbortSignal>();
  const ask = (who: string, key: string, more: { signal?: AbortSignal; heavy?: boolean } = {}): Promise<string> => {
    const asked = queue.ask({
      who,
      key,
      ...more,
      work: (nobodyWaits) => {
        begun.push(key);
        signals.set(key, nobodyWaits);
        return new Promise<string>((resolve) => ends.set(key, resolve));
      },
    });
    asked.catch(() => undefined);
    return asked;
  };
  /** Ends a piece of work; the next one has begun when this resolves. */
  const end = async (key: string): Promise<void> => {
    ends.get(key)?.(`made ${key}`);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, begun, signals, ask, end };
}

test('callers take turns, however much one of them requests', async () => {
  const { begun, ask, end } = held();
  for (const key of ['a1', 'a2', 'a3', 'a4']) void ask('a', key);
  void ask('b', 'b1');
  void ask('c', 'c1');
  for (const key of ['a1', 'a2', 'b1', 'c1', 'a3', 'a4']) await end(key);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'a4']);
});

test('equal requests are made once, at the first turn of any of them', async () => {
  const { begun, ask, end } = held();
  void ask('a', 'a1');
  for (const key of ['a2', 'a3', 'shared']) void ask('a', key);
  const [mine, too] = [ask('b', 'shared'), ask('b', 'shared')];
  await end('a1');
  await end('a2');
  expect(begun).toEqual(['a1', 'a2', 'shared']);
  await end('shared');
  expect(await Promise.all([mine, too])).toEqual(['made shared', 'made shared']);
});

test('abandoned work is not started, and running work is aborted', async () => {
  const { queue, begun, signals, ask, end } = held();
  const [first, second] = [new AbortController(), new AbortController()];
  const running = ask('a', 'a1', { signal: first.signal });
  const waiting = ask('a', 'a2', { signal: second.signal });
  const [gone, stays] = [ask('a', 'a3', { signal: second.signal }), ask('b', 'a3')];
  second.abort(new Error('left'));
  await expect(waiting).rejects.toThrow('left');
  await expect(gone).rejects.toThrow('left');
  expect(queue.size).toEqual({ waiting: 1, running: 1 });
  first.abort(new Error('left'));
  await expect(running).rejects.toThrow('left');
  expect(signals.get('a1')?.aborted).toBe(true);
  // A new request does not get the abandoned work.
  const again = ask('c', 'a1');
  await end('a1');
  await end('a3');
  expect(await stays).toBe('made a3');
  await end('a1');
  expect(await again).toBe('made a1');
  expect(begun).toEqual(['a1', 'a3', 'a1']);
  expect(queue.size).toEqual({ waiting: 0, running: 0 });
  await expect(ask('a', 'a9', { signal: first.signal })).rejects.toThrow('left');
});

test('no caller fills the queue for others: when it is full, the caller with the most places loses its last', async () => {
  const { queue, ask } = held();
  void ask('x', 'running');
  const many = ['a1', 'a2', 'a3', 'a4'].map((key) => ask('a', key));
  await expect(ask('a', 'a5')).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'full' });
  void ask('b', 'b1');
  void ask('b', 'b2');
  expect(queue.size.waiting).toBe(6);
  void ask('c', 'c1');
  await expect(many[3]).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  void ask('d', 'd1');
  await expect(many[2]).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  // Two callers have two places each, and two have one: no caller has more than a newcomer would.
  void ask('e', 'e1');
  void ask('f', 'f1');
  expect(queue.size.waiting).toBe(6);
  await expect(ask('g', 'g1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('a caller that joins waiting work is served even if its first caller leaves', async () => {
  const { ask, end } = held({ waitingAtMostEach: 1 });
  const leaving = new AbortController();
  void ask('x', 'running');
  void ask('b', 'b1');
  void ask('a', 'shared', { signal: leaving.signal });
  const joined = ask('b', 'shared');
  leaving.abort(new Error('left'));
  await end('running');
  await end('b1');
  await end('shared');
  expect(await joined).toBe('made shared');
});

test('heavy work leaves a place for quick work', async () => {
  const { begun, ask, end } = held({ atOnce: 2, heavyAtOnce: 1 });
  void ask('a', 'large 1', { heavy: true });
  void ask('a', 'large 2', { heavy: true });
  void ask('a', 'small 1');
  void ask('a', 'small 2');
  expect(begun).toEqual(['large 1', 'small 1']);
  await end('small 1');
  expect(begun).toEqual(['large 1', 'small 1', 'small 2']);
  await end('large 1');
  expect(begun.at(-1)).toBe('large 2');
});

test('a failure is reported to all waiting callers, and the next request retries', async () => {
  const queue = new FairQueue({ atOnce: 1, waitingAtMost: 5, waitingAtMostEach: 5, full: 'full' });
  let tries = 0;
  const work = (): Promise<string> => {
    tries += 1;
    return tries === 1 ? Promise.reject(new Error('out of luck')) : Promise.resolve('made');
  };
  const both = await Promise.allSettled(['a', 'b'].map((who) => queue.ask({ who, key: 'k', work })));
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await queue.ask({ who: 'a', key: 'k', work })).toBe('made');
  expect(tries).toBe(2);
});
