import { beforeEach, expect, test, vi } from 'vitest';
import type { Context } from '../../../platform/context/context.ts';
import { sharedStates, type Look } from '../../../platform/facts/shared-states.ts';

type Heard = (batch: { universe: string }[]) => void;

/** A house whose facts the test announces. */
function house(): { context: (universe?: string) => Context; tell: (universe?: string) => void; hearers: Set<Heard> } {
  const hearers = new Set<Heard>();
  const hub = {
    hear: (_types: string[], heard: Heard) => {
      hearers.add(heard);
      return () => hearers.delete(heard);
    },
  };
  return {
    context: (universe = 'one') => ({ hub, universe }) as unknown as Context,
    tell: (universe = 'one') => {
      for (const heard of hearers) heard([{ universe }]);
    },
    hearers,
  };
}

let state = 'first';
let looks = 0;
const look = (): Promise<Look<string>> => {
  looks += 1;
  return state === 'broken' ? Promise.reject(new Error('broken')) : Promise.resolve({ state, signature: state });
};
const options = { name: 'state', facts: [], look };

beforeEach(() => {
  state = 'first';
  looks = 0;
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

/** A reader's next value, after all due reads are done. */
async function next(reader: AsyncIterator<string>): Promise<IteratorResult<string>> {
  const given = reader.next();
  await vi.advanceTimersByTimeAsync(1000);
  return given;
}

test('readers of one state share their reads, and get it again when it changes', async () => {
  const { context, tell } = house();
  const [one, two] = [sharedStates(context(), options), sharedStates(context(), options)];
  const first = [one.next(), two.next()];
  await vi.advanceTimersByTimeAsync(1000);
  await expect(Promise.all(first)).resolves.toEqual([
    { done: false, value: 'first' },
    { done: false, value: 'first' },
  ]);
  expect(looks).toBe(1);
  const second = [one.next(), two.next()];
  tell();
  await vi.advanceTimersByTimeAsync(1000);
  expect(looks).toBe(2);
  state = 'second';
  tell();
  await vi.advanceTimersByTimeAsync(1000);
  await expect(Promise.all(second)).resolves.toEqual([
    { done: false, value: 'second' },
    { done: false, value: 'second' },
  ]);
  expect(looks).toBe(3);
});

test('changes without a waiting reader are merged, and those of another universe cause no read', async () => {
  const { context, tell } = house();
  const reader = sharedStates(context(), options);
  await next(reader);
  for (const each of ['second', 'third']) {
    state = each;
    tell();
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(looks).toBe(1);
  await expect(next(reader)).resolves.toEqual({ done: false, value: 'third' });
  const waits = reader.next();
  tell('two');
  await vi.advanceTimersByTimeAsync(1000);
  expect(looks).toBe(2);
  await reader.return?.();
  await expect(waits).resolves.toEqual({ done: true, value: undefined });
});

test('the last reader to leave ends the listening; a failed read ends waiting readers', async () => {
  const { context, hearers } = house();
  const [one, two] = [sharedStates(context(), options), sharedStates(context(), options)];
  expect(hearers.size).toBe(1);
  await one.return?.();
  expect(hearers.size).toBe(1);
  state = 'broken';
  const failed = two.next().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await failed).toMatchObject({ message: 'broken' });
  expect(hearers.size).toBe(0);
  await expect(two.next()).resolves.toEqual({ done: true, value: undefined });
});
