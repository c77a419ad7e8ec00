import { expect, test } from 'vitest';
import { Breaker, type Outcome } from '../../../gateway/fetches/breaker.ts';
import { defaultPolicy, type SubgraphPolicy } from '../../../gateway/fetches/policies.ts';

/** A breaker of ten calls, half of which must fail within ten seconds, and a clock that the test moves. */
function breaker(policy: Partial<SubgraphPolicy> = {}) {
  let time = 1_000_000;
  const told: [boolean, number, number][] = [];
  const it = new Breaker(
    { ...defaultPolicy, ...policy },
    (...change) => told.push(change),
    () => time,
  );
  const begin = () => {
    const begun = it.begin();
    if (typeof begun === 'number') throw new Error('Nothing is called now.');
    return begun;
  };
  const calls = (count: number, outcome: Outcome): void => {
    for (let n = 0; n < count; n++) begin()(outcome);
  };
  const pass = (milliseconds: number): void => {
    time += milliseconds;
  };
  return { it, begin, calls, pass, told, wait: () => it.begin() };
}

test('opens when half of ten calls have failed, and not before', () => {
  const { it, calls, told, wait } = breaker();
  calls(9, 'failed');
  expect(it.isOpen).toBe(false);
  calls(1, 'failed');
  expect([it.isOpen, told]).toEqual([true, [[true, 10, 10]]]);
  expect(wait()).toBeGreaterThanOrEqual(5_000);
  expect(wait()).toBeLessThanOrEqual(6_000);
});

test('stays closed while most calls are answered, and opens when that changes', () => {
  const { it, calls } = breaker();
  calls(30, 'answered');
  calls(29, 'failed');
  expect(it.isOpen).toBe(false);
  calls(1, 'failed');
  expect(it.isOpen).toBe(true);
});

test('forgets failures after the window', () => {
  const { it, calls, pass } = breaker();
  calls(9, 'failed');
  pass(11_000);
  calls(1, 'failed');
  expect(it.isOpen).toBe(false);
  // Long silence empties all of it, wherever the time is then.
  calls(8, 'failed');
  pass(1_234_567);
  calls(9, 'failed');
  expect(it.isOpen).toBe(false);
  pass(9_000);
  calls(1, 'failed');
  expect(it.isOpen).toBe(true);
});

test('with failures=0 it never opens', () => {
  const { it, calls } = breaker({ failures: 0 });
  calls(1_000, 'failed');
  expect(it.isOpen).toBe(false);
});

test('calls that took too long count only if nothing else was answered meanwhile', () => {
  const { it, begin, calls, pass } = breaker();
  const slow = Array.from({ length: 20 }, () => begin());
  pass(1_000);
  calls(1, 'answered');
  pass(8_000);
  for (const end of slow) end('silent');
  expect(it.isOpen).toBe(false);
  const silent = Array.from({ length: 20 }, () => begin());
  pass(8_000);
  for (const end of silent) end('silent');
  expect(it.isOpen).toBe(true);
});

test('calls that nobody waited for say nothing', () => {
  const { it, calls } = breaker();
  calls(1_000, 'left');
  expect(it.isOpen).toBe(false);
});

test('after the pause one call is the probe; its answer closes the breaker, with a new count', () => {
  const { it, begin, calls, pass, told, wait } = breaker();
  calls(10, 'failed');
  pass(6_001);
  const probe = begin();
  expect(wait()).toBe(1);
  probe('answered');
  expect([it.isOpen, told.at(-1)?.[0]]).toEqual([false, false]);
  calls(9, 'failed');
  expect(it.isOpen).toBe(false);
});

test('a probe that fails begins a pause twice as long, up to a minute; one that nobody waited for is repeated', () => {
  const { it, begin, calls, pass, wait } = breaker();
  calls(10, 'failed');
  for (const pause of [10_000, 20_000, 40_000, 60_000, 60_000]) {
    pass(72_001);
    begin()('left');
    begin()(pause === 10_000 ? 'silent' : 'failed');
    const left = wait();
    expect(left).toBeGreaterThanOrEqual(pause);
    expect(left).toBeLessThanOrEqual(pause * 1.2);
  }
  pass(72_001);
  begin()('answered');
  calls(10, 'failed');
  expect([it.isOpen, Number(wait()) <= 6_000]).toEqual([true, true]);
});

test('calls that began before it opened or closed count neither way', () => {
  const { it, begin, calls, pass } = breaker();
  const before = Array.from({ length: 20 }, () => begin());
  calls(10, 'failed');
  pass(6_001);
  begin()('answered');
  pass(1);
  for (const end of before) end('failed');
  expect(it.isOpen).toBe(false);
});
