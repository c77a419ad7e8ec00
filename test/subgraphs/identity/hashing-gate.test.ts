import { expect, test } from 'vitest';
import { HashingGate, type HashingLimits } from '../../../subgraphs/identity/user/hashing-gate.ts';

const limits: HashingLimits = {
  atOnce: 2,
  waiting: 4,
  waitingOfOne: 2,
  burst: 3,
  perSecond: 1,
};

/** Work that ends on command, and records the order of beginning. */
function workplace() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name);
      ends.push(() => resolve(name));
    });
  return { begun, ends, work };
}

test('few are hashed at once, and networks take turns', async () => {
  const gate = new HashingGate({ ...limits, burst: 100 }, () => 0);
  const { begun, ends, work } = workplace();
  const calls = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].map((name) => gate.run(name[0] ?? '', work(name)));
  await expect(gate.run('a', work('a5'))).rejects.toMatchObject({
    code: 'TOO_MANY',
  });
  await expect(gate.run('c', work('c1'))).rejects.toMatchObject({
    code: 'TOO_MANY',
  });
  expect(begun).toEqual(['a1', 'a2']);
  for (let n = 0; n < 6; n++) {
    ends[n]?.();
    await calls[['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].indexOf(begun[n] ?? '')];
    await new Promise(setImmediate);
  }
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'b2']);
});

test('a network has a burst and then a rate; without a network there is no limit', async () => {
  let now = 0;
  const gate = new HashingGate(limits, () => now);
  const hash = (network: string | null) => gate.run(network, () => Promise.resolve('done'));
  for (let n = 0; n < 3; n++) await hash('a');
  await expect(hash('a')).rejects.toMatchObject({
    code: 'TOO_MANY',
  });
  await hash('b');
  for (let n = 0; n < 10; n++) await hash(null);
  now = 1000;
  await hash('a');
  await expect(hash('a')).rejects.toMatchObject({ code: 'TOO_MANY' });
});

test('a refused hash leaves its place to the next', async () => {
  const gate = new HashingGate({ ...limits, burst: 100 }, () => 0);
  for (let n = 0; n < 5; n++)
    await expect(gate.run('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await gate.run('a', () => Promise.resolve('done'))).toBe('done');
});
