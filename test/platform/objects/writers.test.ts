import { expect, test } from 'vitest';
import { Pace } from '../../../platform/work/pace.ts';
import { Writers } from '../../../platform/objects/writers.ts';

/** A clock that the test moves. */
function paced(): { pace: Pace; turn: (milliseconds: number) => void } {
  let now = 0;
  return { pace: new Pace(() => now), turn: (milliseconds) => void (now += milliseconds) };
}

test('a client that sends less than 4 KiB a second is too slow; the store’s time does not count', () => {
  const { pace, turn } = paced();
  const send = (bytes: number, wait: number, store = 0): void => {
    pace.wait();
    turn(wait);
    pace.take(bytes);
    turn(store);
  };
  for (let n = 0; n < 14; n++) send(10, 1_000);
  expect(pace.isTooSlow).toBe(false);
  pace.wait();
  turn(1_000);
  expect(pace.isTooSlow).toBe(true);
  const honest = paced();
  for (let n = 0; n < 60; n++) {
    honest.pace.wait();
    honest.turn(1_000);
    honest.pace.take(4_096);
    honest.turn(60_000);
    expect(honest.pace.isTooSlow).toBe(false);
  }
  expect(honest.pace.soFar).toEqual({ waited: 60_000, rate: 4.096 });
});

/** A body that sends one chunk and then nothing. */
async function* dripping(): AsyncGenerator<Buffer> {
  yield Buffer.from('a');
  await new Promise(() => undefined);
}

/** Takes a place and reads until cut. */
function hold(writers: Writers, account: string, network: string) {
  const got: Buffer[] = [];
  const done = writers.with(account, network, async (writer) => {
    for await (const chunk of writer.read(dripping())) got.push(chunk);
  });
  done.catch(() => undefined);
  return { done, got };
}

test('an account writes twelve at a time and a network twenty-four, without blocking others', async () => {
  const writers = new Writers();
  for (let n = 0; n < 12; n++) hold(writers, 'ann', 'home');
  await expect(hold(writers, 'ann', 'elsewhere').done).rejects.toMatchObject({ status: 429 });
  for (let n = 0; n < 12; n++) hold(writers, `made-up-${n}`, 'home');
  await expect(hold(writers, 'ben', 'home').done).rejects.toMatchObject({ status: 429 });
  hold(writers, 'ben', 'elsewhere');
  expect(writers.size).toBe(25);
});

test('a cut client frees its place, and its received bytes are read', async () => {
  const writers = new Writers();
  let resolve: (cut: () => void) => void = () => undefined;
  const cut = new Promise<() => void>((done) => (resolve = done));
  const got: string[] = [];
  const done = writers.with('ann', 'home', async (writer) => {
    resolve(() => writer.cut(Object.assign(new Error('too slow'), { status: 408, headers: {} }) as never));
    for await (const chunk of writer.read(dripping())) got.push(chunk.toString());
  });
  done.catch(() => undefined);
  await expect.poll(() => got).toEqual(['a']);
  (await cut)();
  await expect(done).rejects.toThrow('too slow');
  expect(writers.size).toBe(0);
});
