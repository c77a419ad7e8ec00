import { expect, test, vi } from 'vitest';
import { EventQueue } from '../../../platform/streams/event-queue.ts';

const value = (of: unknown) => ({ done: false, value: of });
const ended = { done: true, value: undefined };

test('values pushed before they are read wait in order; several reads wait in order for values', async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.push(2);
  expect([queue.length, queue.isWaiting]).toEqual([2, false]);
  const reads = [queue.next(), queue.next(), queue.next(), queue.next()];
  expect([queue.length, queue.isWaiting]).toEqual([0, true]);
  queue.push(3);
  queue.push(4);
  expect(await Promise.all(reads)).toEqual([1, 2, 3, 4].map(value));
  expect(queue.isWaiting).toBe(false);
});

test('the end follows the pending values and settles every waiting read', async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.end();
  queue.push(2);
  expect(queue.hasEnded).toBe(true);
  expect([await queue.next(), await queue.next(), await queue.next()]).toEqual([value(1), ended, ended]);

  const read = new EventQueue<number>();
  const reads = [read.next(), read.next()];
  read.end();
  expect(await Promise.all(reads)).toEqual([ended, ended]);
});

test('a failure is read once, after the pending values, and later values and failures are dropped', async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.fail(new Error('lost'));
  queue.fail(new Error('again'));
  queue.push(2);
  expect(await queue.next()).toEqual(value(1));
  await expect(queue.next()).rejects.toThrow('lost');
  expect(await queue.next()).toEqual(ended);
});

test('of several waiting reads, the first gets the failure and the others the end', async () => {
  const queue = new EventQueue<number>();
  const reads = [queue.next(), queue.next()];
  queue.fail(undefined);
  expect(await Promise.allSettled(reads)).toEqual([
    { status: 'rejected', reason: undefined },
    { status: 'fulfilled', value: ended },
  ]);
  expect(await queue.next()).toEqual(ended);
});

test('return() ends a pending next() at once, before the source has closed, and closes it once', async () => {
  let close = (): void => undefined;
  const onReturn = vi.fn<() => Promise<void>>(() => new Promise<void>((resolve) => (close = resolve)));
  const queue = new EventQueue<number>({ onReturn });
  const read = queue.next();
  let hasReturned = false;
  const returned = queue.return().then((result) => ((hasReturned = true), result));
  expect(await read).toEqual(ended);
  expect([hasReturned, queue.hasEnded]).toEqual([false, true]);
  expect(await queue.return()).toEqual(ended);
  close();
  expect(await returned).toEqual(ended);
  expect(onReturn).toHaveBeenCalledTimes(1);
});

test('return() drops pending values and an unread failure', async () => {
  const onReturn = vi.fn<() => void>();
  const queue = new EventQueue<number>({ onReturn });
  queue.push(1);
  queue.fail(new Error('lost'));
  await queue.return();
  expect([await queue.next(), queue.length]).toEqual([ended, 0]);
  // The producer has ended the stream, so it is not notified.
  expect(onReturn).not.toHaveBeenCalled();
});

test('a source that fails to close fails return(), and throw() rejects with its own error', async () => {
  const broken = new EventQueue<number>({ onReturn: () => Promise.reject(new Error('does not close')) });
  await expect(broken.return()).rejects.toThrow('does not close');

  const onReturn = vi.fn<() => void>();
  const queue = new EventQueue<number>({ onReturn });
  const read = queue.next();
  await expect(queue.throw(new Error('enough'))).rejects.toThrow('enough');
  expect(await read).toEqual(ended);
  expect(onReturn).toHaveBeenCalledTimes(1);
});

test('a source on demand is pulled once per waiting read, and read one event at a time', async () => {
  let made = 0;
  const queue: EventQueue<number> = new EventQueue({ pull: () => (made += 1) });
  const read = queue.next();
  expect([made, queue.isWaiting]).toEqual([1, true]);
  await expect(queue.next()).rejects.toThrow('A stream is read one event at a time.');
  queue.push(1);
  expect(await read).toEqual(value(1));
  queue.push(2);
  expect(await queue.next()).toEqual(value(2));
  expect(made).toBe(1);

  const atOnce: EventQueue<string> = new EventQueue({ pull: () => atOnce.push('here') });
  expect([await atOnce.next(), await atOnce.next()]).toEqual([value('here'), value('here')]);
});

test.each([
  ['throws', () => void JSON.parse('{')],
  ['rejects', () => Promise.reject(new SyntaxError('no value'))],
])('a source that %s fails the stream', async (_, pull) => {
  const queue = new EventQueue<number>({ pull });
  await expect(queue.next()).rejects.toThrow(SyntaxError);
  expect(await queue.next()).toEqual(ended);
});

test('for await reads to the end, and leaves on break', async () => {
  const onReturn = vi.fn<() => void>();
  const queue = new EventQueue<number>({ onReturn });
  for (const n of [1, 2, 3]) queue.push(n);
  const seen: number[] = [];
  for await (const n of queue) {
    seen.push(n);
    if (n === 2) break;
  }
  expect([seen, queue.length]).toEqual([[1, 2], 0]);
  expect(onReturn).toHaveBeenCalledTimes(1);
});
