import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../platform/database/database.ts';
import type { House } from '../../../platform/house/house.ts';
import { sharedPostgres } from '../../testkit/shared-postgres.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import type { AddInput } from '../fixtures/counters.ts';
import { startLimit, startProgram } from '../fixtures/start.ts';
import {
  ADD,
  ann,
  eventually,
  factsOf,
  get,
  nextEvent,
  newCounter,
  openWorld,
  stream,
  valueOf,
} from '../fixtures/world.ts';

const postgres = sharedPostgres();
const folder = throwawayFolder('killed');
afterAll(() => removeFolder(folder));

async function withWorld<T>(
  at: { url: string } | { dataDir: string },
  use: (house: House, database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(at);
  const house = await openWorld(database);
  try {
    return await use(house, database);
  } finally {
    await house.close();
    await database.close();
  }
}

/** The rows of one call in the database: its fact and its key, or neither. */
async function written(database: Database, key: string): Promise<{ facts: number; keys: number }> {
  const keys = await database.query('select 1 from facts.idempotency where key = $1', [key]);
  const facts = await database.query(`select 1 from facts.log where payload->>'label' = $1`, [key]);
  return { facts: facts.length, keys: keys.length };
}

const stops = ['call:before', 'call:in', 'call:after'] as const;

describe.each(['postgres', 'embedded'] as const)('%s', (kind) => {
  test('a mutation killed before, in and after its commit is written entirely or not at all, its fact is delivered, and its retry returns the same', async () => {
    const at = kind === 'postgres' ? { url: await postgres.createDatabase() } : { dataDir: join(folder, 'data') };
    const counterId = await withWorld(at, (house) => newCounter(house));
    // The kill hits the commit at different moments; it is never half done.
    const kills = stops.flatMap((stop) => (stop === 'call:in' && kind === 'postgres' ? [stop, stop] : [stop]));
    const calls = kills.map((stop, n) => ({ stop, key: `${stop} ${n}`, by: 10 ** n }));
    const inputOf = ({ key, by }: { key: string; by: number }): AddInput => ({
      counterId,
      by,
      label: key,
      idempotencyKey: key,
    });
    for (const [n, call] of calls.entries()) {
      await using child = startProgram({
        ...at,
        only: 'counters',
        stop: call.stop,
        wait: n % 2,
        call: { query: ADD, variables: { input: inputOf(call) }, actor: 'usr_ann' },
      });
      await child.line(`at ${call.stop}`, startLimit);
      await child.kill();
      expect(child.output).not.toContain('answer');
    }

    await withWorld(at, async (house, database) => {
      let sum = 0;
      const first: string[] = [];
      for (const { stop, key, by } of calls) {
        // A server notices the killed session, and rolls back its transaction, a moment later.
        const after = await eventually(
          () => written(database, key),
          ({ facts, keys }) => facts === keys,
        );
        const whole = after.facts === 1;
        if (stop === 'call:before') expect(whole).toBe(false);
        if (stop === 'call:after') expect(whole).toBe(true);
        if (whole) first.push(key);
        sum += whole ? by : 0;
      }
      expect(await valueOf(database, counterId)).toBe(sum);
      for (const call of calls) {
        const whole = first.includes(call.key);
        const answer = await get<{ value: number }>(house, ADD, { input: inputOf(call) }, ann);
        expect(answer).toMatchObject({ by: call.by, actorId: ann.id });
        expect((await get<{ value: number }>(house, ADD, { input: inputOf(call) }, ann)).value).toBe(answer.value);
        if (!whole) expect(answer.value).toBe((sum += call.by));
        expect(await valueOf(database, counterId)).toBe(sum);
        expect(await written(database, call.key)).toEqual({ facts: 1, keys: 1 });
      }
      await house.settled();
      const facts = (await factsOf(database, counterId)).slice(1);
      expect(facts.every(({ position }) => position !== null)).toBe(true);
      const echoes = await database.query('select 1 from echoes.echoes where key = $1', [counterId]);
      expect(echoes).toHaveLength(1 + 2 * calls.length);
      const labels = facts.map(({ label }) => label);
      expect(new Set(labels)).toEqual(new Set(calls.map(({ key }) => key)));
      expect(labels).toHaveLength(calls.length);
      // The log has everything once, in order, from the beginning.
      const cursor = house.hub.cursorAt(0n);
      const events = await stream(house, { counterIds: [counterId], after: cursor });
      const delivered = [];
      for (const _ of calls) delivered.push((await nextEvent(events)).label);
      await events.return?.();
      expect(delivered).toEqual(labels);
    });
  }, 240_000);
});
