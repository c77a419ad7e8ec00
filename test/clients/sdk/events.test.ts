import { expect, test } from 'vitest';
import { Events } from '../../../clients/sdk/events.ts';

const opened = (most = 10): { events: Events<number>; ends: () => number } => {
  let ends = 0;
  return { events: new Events<number>(most, () => (ends += 1)), ends: () => ends };
};

test('values come in order, to readers that wait and to those that come later', async () => {
  const { events } = opened();
  const [first, second] = [events.next(), events.next()];
  for (const value of [1, 2, 3]) events.push(value);
  events.end();
  expect(await Promise.all([first, second, events.next(), events.next()])).toEqual([
    { done: false, value: 1 },
    { done: false, value: 2 },
    { done: false, value: 3 },
    { done: true, value: undefined },
  ]);
});

test('an error is thrown once, after the values before it', async () => {
  const { events } = opened();
  events.push(1);
  events.end(new Error('lost'));
  expect(await events.next()).toEqual({ done: false, value: 1 });
  await expect(events.next()).rejects.toThrow('lost');
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test('a reader that leaves ends a pending read at once', async () => {
  const { events, ends } = opened();
  const pending = events.next();
  await events.return();
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(ends()).toBe(1);
});

test('a reader that is too slow is told, and keeps what has come', async () => {
  const { events, ends } = opened(2);
  for (const value of [1, 2, 3]) events.push(value);
  expect(ends()).toBe(1);
  expect([await events.next(), await events.next()].map(({ value }) => value as number)).toEqual([1, 2]);
  await expect(events.next()).rejects.toThrow(RangeError);
});
