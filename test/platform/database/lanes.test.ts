import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { Lanes } from '../../../platform/database/lanes.ts';
import { lanes, type Lane } from '../../../platform/database/precedence.ts';

const patience = 60_000;
const turnOf = () => new Promise((resolve) => setImmediate(resolve));

const asked: { leave: () => void }[][] = [];

// No request is left waiting: it would be refused a minute after its test.
afterEach(async () => {
  for (const granted of asked.splice(0))
    while (granted.length > 0) {
      granted.pop()?.leave();
      await turnOf();
    }
});

/** Requests turns and tracks which were granted. */
function asking(of: Lanes) {
  const granted: { lane: Lane; leave: () => void }[] = [];
  asked.push(granted);
  const ask = (lane: Lane): void => void of.enter(lane).then((leave) => granted.push({ lane, leave }));
  const held = (lane: Lane): number => granted.filter((each) => each.lane === lane).length;
  return { granted, ask, held };
}

test('requests beyond the share of a kind leave the shares of more urgent kinds free', async () => {
  const { ask, held } = asking(new Lanes(16, patience));
  for (const [lane, most] of [
    ['query', 7],
    ['interactive', 3],
    ['background', 3],
    ['urgent', 3],
  ] as const) {
    for (let n = 0; n < 50; n++) ask(lane);
    await turnOf();
    expect([lane, held(lane)]).toEqual([lane, most]);
  }
});

test('an urgent kind may use everything; a returned turn goes to the most urgent request', async () => {
  const { ask, held, granted } = asking(new Lanes(16, patience));
  for (let n = 0; n < 16; n++) ask('urgent');
  for (const lane of lanes) ask(lane);
  await turnOf();
  expect(held('urgent')).toBe(16);
  granted[0]?.leave();
  await turnOf();
  expect([held('urgent'), granted.length]).toEqual([17, 17]);
});

test('a pool too small to divide is shared by all kinds', async () => {
  const { ask, held } = asking(new Lanes(4, patience));
  for (let n = 0; n < 5; n++) ask('query');
  await turnOf();
  expect(held('query')).toBe(4);
});

test('a request that waits too long fails, and takes no turn afterwards', async () => {
  const few = new Lanes(1, 1);
  const leave = await few.enter('query');
  await expect(few.enter('query')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  leave();
  // Returning twice returns one turn.
  leave();
  (await few.enter('urgent'))();
});

test('for any sequence of requests and returns no share is exceeded, and all requests get a turn', async () => {
  const step = fc.oneof(fc.constantFrom(...lanes), fc.nat({ max: 50 }));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 80 }), async (size, steps) => {
      const { granted, ask } = asking(new Lanes(size, patience));
      const reserved = Math.min(3, Math.floor(size / 5));
      let wanted = 0;
      const check = async (): Promise<void> => {
        await turnOf();
        for (const [n] of lanes.entries()) {
          const upTo = granted.filter(({ lane }) => lanes.indexOf(lane) <= n).length;
          expect(upTo).toBeLessThanOrEqual(size - reserved * (lanes.length - 1 - n));
        }
      };
      let served = 0;
      const giveBack = (at: number): void => {
        const [gone] = granted.splice(at % granted.length, 1);
        gone?.leave();
        served += 1;
      };
      for (const each of steps) {
        if (typeof each === 'string') {
          ask(each);
          wanted += 1;
        } else if (granted.length > 0) giveBack(each);
        await check();
      }
      while (granted.length > 0) {
        giveBack(0);
        await check();
      }
      expect(served).toBe(wanted);
    }),
  );
});
