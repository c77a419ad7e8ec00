import type { ExecutionResult } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../../platform/database/database.ts';
import { registerConsumers } from '../../../platform/facts/checkpoints.ts';
import { on, type Reaction } from '../../../platform/facts/reactions.ts';
import type { House } from '../../../platform/house/house.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import { counterAdded, counterCreated } from '../fixtures/counters.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { echoesSubgraph, reacts } from '../fixtures/echoes.subgraph.ts';
import { add, age, closers, days, fill, kept, open, prune, readsLog } from '../fixtures/pruning.ts';
import { ADDED, ann, eventually, gate, infoOf, newCounter, nextEvent, openWorld, stream } from '../fixtures/world.ts';

const subscribe = async (house: House, after: string): Promise<unknown> =>
  ((await house.services[0]!.subscribe({ query: ADDED, variables: { after }, info: infoOf(ann) })) as ExecutionResult)
    .errors?.[0]?.extensions;

function logging(): { log: Logger; told: Record<string, unknown>[] } {
  const told: Record<string, unknown>[] = [];
  const log = { warn: (what: Record<string, unknown>) => void told.push(what) } as unknown as Logger;
  return { log, told };
}

/** Facts of a batch, so that there are several without handling thousands. */
const batch = 200;

describe.each(['embedded', 'postgres'] as const)('%s', (kind) => {
  test('expired facts are pruned from the beginning of the log, in short transactions; if none may be, nothing is written', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    await fill(database, counterId, 2 * batch);
    await house.settled();
    await age(database);
    await add(house, counterId, 7);
    await house.settled();
    await house.sweep();
    // Without the setting the house's sweep leaves the log unchanged.
    expect((await kept(database)).gone).toBe('0');

    const xids: (string | null)[] = [];
    const watched: Database = {
      ...database,
      transaction: (fn, options) =>
        database.transaction(async (client) => {
          const result = await fn(client);
          const { rows } = await client.query<{ xid: string | null }>(
            'select pg_current_xact_id_if_assigned()::text as xid',
          );
          xids.push(rows[0]!.xid);
          return result;
        }, options),
    };
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await prune(watched, { batch });
    // The young fact and the later facts of its reactions.
    const left = await kept(database);
    expect(await database.query(`select 1 from facts.log where at < now() - interval '10 days'`)).toEqual([]);
    expect(Number(left.first)).toBe(Number(left.gone) + 1);
    expect(xids.length).toBeGreaterThanOrEqual(3);
    expect(xids.filter((xid) => xid !== null).length).toBeGreaterThanOrEqual(3);
    const [told] = await database.query<{ n: string }>('select sum(facts) as n from facts.pruned');
    expect(Number(told?.n)).toBe(Number(left.gone));

    xids.length = 0;
    const before = await database.statements.record(() => prune(watched, { batch }));
    expect(xids).toEqual([null]);
    expect(before.length).toBeLessThanOrEqual(6);
    expect(await kept(database)).toEqual(left);
  }, 120_000);

  test('the house prunes by its setting, after its consumers have passed, and keeps their writes', async () => {
    const { house, database } = await open(kind, {}, { factsRetentionDays: days });
    const counterId = await newCounter(house);
    for (const by of [1, 2, 3]) await add(house, counterId, by);
    await house.settled();
    await age(database);
    await database.query(`update facts.inbox set at = now() - interval '9 days'`);
    await house.sweep();
    expect((await kept(database)).n).toBe(0);
    expect(await database.query(`select 1 from echoes.echoes where consumer = 'sums'`)).toHaveLength(3);
    // The rows that prevent duplicate reactions are deleted with the facts, up to an hour later.
    await house.sweep();
    expect(await database.query('select 1 from facts.inbox')).toEqual([]);
    // The numbers of the key and of the log continue.
    await add(house, counterId, 4);
    await house.settled();
    const rows = await database.query<{ key_seq: string; position: string }>(
      'select key_seq, position from facts.log where key = $1',
      [counterId],
    );
    expect(rows).toEqual([{ key_seq: '5', position: expect.any(String) }]);
    expect(await database.query(`select 1 from echoes.echoes where consumer = 'sums'`)).toHaveLength(4);
  }, 60_000);

  test('facts that a consumer has not passed or has parked are kept, and the log names the consumer', async () => {
    const { house, database } = await open(kind);
    const { log, told } = logging();
    const counterId = await newCounter(house);
    await add(house, counterId, 1);
    await house.settled();
    // Another process holds this consumer, and is suspended.
    await database.query(
      `update facts.checkpoints set holder = 'another', until = now() + interval '1 hour' where consumer = 'echoes.sums'`,
    );
    const [checkpoint] = await database.query<{ position: string }>(
      `select position from facts.checkpoints where consumer = 'echoes.sums'`,
    );
    for (const by of [2, 3]) await add(house, counterId, by);
    // The other consumer is not held, and has passed everything.
    await eventually(
      () => database.query(`select 1 from echoes.echoes where consumer = 'names'`),
      (rows) => rows.length === 4,
    );
    await age(database);
    await prune(database, { log });
    expect((await kept(database)).gone).toBe(checkpoint?.position);
    expect(told).toEqual([{ by: ['echoes.sums'], position: String(Number(checkpoint?.position) + 1) }]);

    // It continues, and handles everything once; one fact fails and is parked.
    let broken = true;
    reacts.set('sums', (_tx, fact) => {
      if (broken && (fact.payload as { by?: number }).by === 3) throw new Error('the cause');
    });
    await database.query('update facts.checkpoints set holder = null, until = null');
    await house.settled();
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    const [parked] = await database.query<{ position: string }>('select position from facts.parked');
    await age(database);
    told.length = 0;
    await prune(database, { log });
    expect(Number((await kept(database)).first)).toBe(Number(parked?.position));
    expect(told).toEqual([{ by: ['echoes.sums (parked)'], position: parked?.position }]);

    broken = false;
    await eventually(
      () => database.query('select 1 from facts.parked'),
      (seen) => seen.length === 0,
    );
    const heard = await database.query(
      `select count(*)::int as n from echoes.echoes where consumer = 'sums' group by fact_id`,
    );
    expect(heard).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  }, 60_000);

  test('unpublished facts are kept; copies from other databases need not wait for a carrier', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    for (const by of [1, 2]) await add(house, counterId, by);
    await house.settled();
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await database.query(`update facts.log set origin = 'elsewhere' where position = 1`);
    await database.query(`update facts.carried set holder = 'a carrier', position = 0`);
    await age(database);
    const { log, told } = logging();
    await prune(database, { log });
    expect((await kept(database)).gone).toBe('1');
    expect(told).toEqual([{ by: ['the carrier to NATS'], position: '2' }]);
    await database.query('update facts.carried set position = 2');
    await prune(database);
    expect((await kept(database)).gone).toBe('2');
  }, 60_000);

  test('a cursor from before the kept facts is EXPIRED, one from their edge continues', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    for (const by of [1, 2]) await add(house, counterId, by);
    await house.settled();
    await age(database);
    const edge = house.hub.position;
    await add(house, counterId, 3);
    await house.settled();
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await prune(database);
    expect((await kept(database)).gone).toBe(String(edge));
    const resumed = await stream(house, { counterIds: [counterId], after: house.hub.cursorAt(edge) });
    expect((await nextEvent(resumed)).by).toBe(3);
    await resumed.return?.();
    await eventually(
      () => Promise.resolve(house.hub.isPruned(edge - 1n)),
      (is) => is,
    );
    expect(await subscribe(house, house.hub.cursorAt(edge - 1n))).toMatchObject({ code: 'EXPIRED', path: ['after'] });
  }, 60_000);

  test('a stream that replays during a prune ends with EXPIRED and skips no fact', async () => {
    const held = gate();
    let reads = 0;
    let armed = false;
    const { house, database } = await open(kind, {
      before: (sql) => {
        if (!armed || !readsLog(sql) || !sql.includes('type = any') || !sql.includes('universe_id')) return undefined;
        reads += 1;
        return reads === 2 ? held.wait() : undefined;
      },
    });
    const counterId = await newCounter(house);
    const from = house.hub.cursorAt(0n);
    await fill(database, counterId, 300);
    await house.settled();
    await age(database);
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    armed = true;
    const events = await stream(house, { counterIds: [counterId], after: from });
    // A page of the replay has 200 facts; the read of the next one is held.
    for (let by = 1; by <= 200; by++) expect((await nextEvent(events)).by).toBe(by);
    const next = events.next();
    await held.reached;
    await prune(database);
    expect((await kept(database)).n).toBe(0);
    held.open();
    expect(await next).toMatchObject({
      done: false,
      value: { errors: [{ extensions: { code: 'EXPIRED', path: ['after'] } }] },
    });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  }, 120_000);

  test('a new consumer begins at the first fact if all facts of its types are kept, and is refused otherwise', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    await add(house, counterId, 1);
    await house.settled();
    const position = house.hub.position;
    // Only the first fact is old: the counter's creation.
    await database.query(`update facts.log set at = at - interval '30 days' where position = 1`);
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await prune(database);
    expect((await kept(database)).gone).toBe('1');

    const named = (name: string, reaction: Reaction) => ({ name: `late.${name}`, reaction });
    const nothing = (): Promise<void> => Promise.resolve();
    const whole = named('whole', on([counterAdded], 'whole', nothing));
    const missing = named('missing', on([counterCreated, counterAdded] as never[], 'missing', nothing));
    await expect(registerConsumers(database, [whole, missing])).rejects.toThrow(
      /late\.missing is new.*1 of counters\.counter\.created up to .*from: 'kept'/,
    );
    // None was registered: the next start finds the same state.
    expect(await database.query(`select 1 from facts.checkpoints where consumer like 'late.%'`)).toEqual([]);
    const keptOn = on([counterCreated] as never[], 'kept', nothing, { from: 'kept' });
    await registerConsumers(database, [whole, named('kept', keptOn)]);
    const rows = await database.query(
      `select consumer, position, types from facts.checkpoints where consumer like 'late.%' order by consumer`,
    );
    expect(rows).toEqual([
      { consumer: 'late.kept', position: '1', types: ['counters.counter.created'] },
      { consumer: 'late.whole', position: '1', types: ['counters.counter.added'] },
    ]);
    expect(house.hub.position).toBe(position);

    // It continues from there.
    await house.close();
    const heard: number[] = [];
    const later = on([counterAdded], 'later', (_tx, { payload }) => Promise.resolve(void heard.push(payload.by)));
    const echoes = { ...echoesSubgraph, reactions: [...echoesSubgraph.reactions, later] };
    const next = await openWorld(database, { subgraphs: [countersSubgraph, echoes] });
    closers.push(() => next.close());
    await next.settled();
    expect(heard).toEqual([1]);
  }, 60_000);

  test('a new reaction on a pruned log stops the start, and one declared for kept facts handles later ones', async () => {
    const { house, database } = await open(kind);
    const counterId = await newCounter(house);
    await add(house, counterId, 1);
    await house.settled();
    await age(database);
    await database.query(`update facts.checkpoints set position = (select position from facts.relay)`);
    await prune(database);
    await add(house, counterId, 2);
    await house.settled();
    const heard: number[] = [];
    const late = (options?: { from: 'kept' }) => ({
      ...echoesSubgraph,
      reactions: [
        ...echoesSubgraph.reactions,
        on([counterAdded], 'late', (_tx, { payload }) => Promise.resolve(void heard.push(payload.by)), options),
      ],
    });
    await house.close();
    await expect(openWorld(database, { subgraphs: [countersSubgraph, late()] })).rejects.toThrow(/echoes\.late is new/);
    const next = await openWorld(database, { subgraphs: [countersSubgraph, late({ from: 'kept' })] });
    closers.push(() => next.close());
    await add(next, counterId, 3);
    await next.settled();
    expect(heard).toEqual([2, 3]);
  }, 60_000);
});
