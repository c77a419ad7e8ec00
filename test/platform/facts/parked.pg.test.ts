import { beforeEach, expect, test } from 'vitest';
import { onBoth } from '../fixtures/both.ts';
import { echoHeard, reacts } from '../fixtures/echoes.subgraph.ts';
import { ADD, ann, ask, eventually, factsOf, get, newCounter, user } from '../fixtures/world.ts';

beforeEach(() => reacts.clear());

onBoth((world) => {
  const add = (counterId: string, by: number): Promise<unknown> =>
    get(world.house, ADD, { input: { counterId, by, label: String(by) } });

  const heard = async (consumer: string, key: string): Promise<number[]> => {
    const rows = await world.database.query<{ by: number }>(
      `select (l.payload->>'by')::int as by from echoes.echoes e join facts.log l on l.id = e.fact_id
       where e.consumer = $1 and e.key = $2 and l.type = 'counters.counter.added' order by e.n`,
      [consumer, key],
    );
    return rows.map(({ by }) => by);
  };

  test('a failing fact parks its key for its consumer: later ones wait in order, other keys and consumers continue, and each is handled once', async () => {
    const { house, database } = world;
    const bad = await newCounter(house);
    const good = await newCounter(house);
    let broken = true;
    let tries = 0;
    reacts.set('sums', (_tx, fact) => {
      if (fact.key !== bad || (fact.payload as { by: number }).by !== 2) return;
      tries += 1;
      if (broken) throw new Error('the cause');
    });
    for (const by of [1, 2, 3, 4]) {
      await add(bad, by);
      await add(good, by);
    }
    await house.settled();
    expect(await heard('sums', bad)).toEqual([1]);
    expect(await heard('sums', good)).toEqual([1, 2, 3, 4]);
    expect(await heard('names', bad)).toEqual([1, 2, 3, 4]);
    const parked = await database.query<{ key: string; error: string | null; consumer: string }>(
      'select consumer, key, error from facts.parked order by position',
    );
    expect(parked).toEqual([
      { consumer: 'echoes.sums', key: bad, error: 'the cause' },
      { consumer: 'echoes.sums', key: bad, error: null },
      { consumer: 'echoes.sums', key: bad, error: null },
    ]);
    // It is retried automatically, with growing delays.
    await eventually(
      async () => Promise.resolve(tries),
      (n) => n >= 2,
    );
    expect(await heard('sums', bad)).toEqual([1]);
    await add(bad, 5);

    broken = false;
    await eventually(
      () => heard('sums', bad),
      (seen) => seen.length >= 5,
      30_000,
    );
    await house.settled();
    expect(await heard('sums', bad)).toEqual([1, 2, 3, 4, 5]);
    expect(await database.query('select 1 from facts.parked')).toEqual([]);
    await add(bad, 6);
    await house.settled();
    expect(await heard('sums', bad)).toEqual([1, 2, 3, 4, 5, 6]);
  }, 60_000);

  test('a parked fact missing from the log blocks only its own key', async () => {
    const { house, database } = world;
    const missing = await newCounter(house);
    const good = await newCounter(house);
    let broken = true;
    reacts.set('sums', (_tx, fact) => {
      if (broken && fact.type === 'counters.counter.added') throw new Error('the cause');
    });
    await add(missing, 1);
    await add(good, 2);
    await house.settled();
    // As in a log that lost a row: due now, and first.
    await database.query(
      `update facts.parked set fact_id = 'fct_gone', next_at = now(), position = -position where key = $1`,
      [missing],
    );
    broken = false;
    await eventually(
      () => heard('sums', good),
      (seen) => seen.length === 1,
    );
    const parked = await database.query('select key, error from facts.parked');
    expect(parked).toEqual([{ key: missing, error: expect.stringContaining('not in the log') }]);
    await database.query('delete from facts.parked');
  }, 60_000);

  test('a failed reaction leaves none of its writes', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    let broken = true;
    reacts.set('names', async (tx, fact) => {
      if (!broken || fact.key !== counterId || fact.type !== 'counters.counter.added') return;
      tx.emit(echoHeard, 'half', { factId: fact.id });
      await tx.em
        .getConnection()
        .execute('insert into echoes.echoes (consumer) values (?)', ['half'], 'run', tx.em.getTransactionContext());
      throw new Error('after half of the work');
    });
    await add(counterId, 1);
    await house.settled();
    expect(await database.query(`select 1 from echoes.echoes where consumer = 'half'`)).toEqual([]);
    expect(await factsOf(database, 'half')).toEqual([]);
    broken = false;
    await eventually(
      () => heard('names', counterId),
      (seen) => seen.length === 1,
      30_000,
    );
  }, 60_000);

  test('reactions keep the correlation id of the request, and act as the service on behalf of the actor', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    const agent = user('usr_ann', { delegate: 'agt_helper' });
    for (const actor of [ann, agent]) {
      const correlationId = `of ${actor.delegate ?? actor.id}`;
      const more = { correlationId, traceparent: '00-1-2-01' };
      await ask(house, ADD, { input: { counterId, by: 1 } }, actor, more);
      await house.settled();
      const facts = await database.query(
        `select id, os, type, actor, on_behalf_of, causation_id, traceparent from facts.log where correlation_id = $1 order by position`,
        [correlationId],
      );
      const added = facts[0] as { id: string };
      expect(facts).toMatchObject([
        {
          type: 'counters.counter.added',
          actor: actor.delegate ?? actor.id,
          on_behalf_of: actor.delegate ? actor.id : null,
          causation_id: null,
          traceparent: '00-1-2-01',
        },
        {
          type: 'echoes.echo.heard',
          os: 'echoes',
          actor: 'svc_echoes',
          on_behalf_of: ann.id,
          causation_id: added.id,
          traceparent: '00-1-2-01',
        },
      ]);
    }
  });

  test('a reaction runs in the universe of its fact', async () => {
    const { house, database } = world;
    const elsewhere = user('usr_else', { universe: 'other' });
    const counterId = await newCounter(house, elsewhere);
    await get(house, ADD, { input: { counterId, by: 1 } }, elsewhere);
    await house.settled();
    const rows = await database.query('select distinct universe_id from echoes.echoes where key = $1', [counterId]);
    expect(rows).toEqual([{ universe_id: 'other' }]);
    const told = await database.query(
      `select distinct universe_id from facts.log where causation_id in (select id from facts.log where key = $1)`,
      [counterId],
    );
    expect(told).toEqual([{ universe_id: 'other' }]);
  });

  test('a failing fact blocks its key only for its own origin: another database may have the same key', async () => {
    const { house, database } = world;
    const key = await newCounter(house);
    await house.settled();
    let broken = true;
    reacts.set('sums', (_tx, fact) => {
      if (broken && fact.origin === 'elsewhere') throw new Error('the cause');
    });
    const copy = async (seq: number): Promise<void> => {
      await database.query(
        `insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload, origin)
         values ('fct_copy' || $1::bigint || $2::text, 'counters', 'counters.counter.added', 1, $2, $1::bigint, now(), 'main', '', $3, 'elsewhere')`,
        [seq, key, JSON.stringify({ counterId: key, by: 100 + seq, label: null })],
      );
      house.hub.committed();
    };
    await copy(1);
    await house.settled();
    await add(key, 1);
    await copy(2);
    await add(key, 2);
    await house.settled();
    expect(await heard('sums', key)).toEqual([1, 2]);
    const parked = await database.query('select origin, error from facts.parked where key = $1 order by position', [
      key,
    ]);
    expect(parked).toEqual([
      { origin: 'elsewhere', error: 'the cause' },
      { origin: 'elsewhere', error: null },
    ]);
    broken = false;
    await eventually(
      () => heard('sums', key),
      (seen) => seen.length === 4,
    );
    expect(await heard('sums', key)).toEqual([1, 2, 101, 102]);
  }, 60_000);
});
