import { expect, test } from 'vitest';
import { sweepFacts } from '../../../platform/facts/sweep.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { onBoth } from '../fixtures/both.ts';
import { get, ADD, newCounter } from '../fixtures/world.ts';

/** Rows of a batch, so that there are several without writing tens of thousands. */
const batch = 500;
const quiet = createLog({ level: 'silent' });

onBoth((world) => {
  test('old rows are swept completely, in batches; young ones and those that may be redelivered stay', async () => {
    const { house, database } = world;
    const counterId = await newCounter(house);
    await get(house, ADD, { input: { counterId, by: 1, idempotencyKey: 'young' } });
    await house.settled();
    const many = 2 * batch + 1;
    await database.query(
      `insert into facts.idempotency (actor, mutation, key, input_hash, at)
       select 'usr_ann', 'old', n::text, '', now() - interval '8 days' from generate_series(1, $1::int) n`,
      [many],
    );
    await database.query(
      `insert into facts.log (id, os, type, v, key, key_seq, at, universe_id, correlation_id, payload, position)
       select 'fct_' || n, 'old', 'old.thing.done', 1, 'old', n, now(), 'main', '', '{}', -n from generate_series(1, $1::int) n`,
      [many],
    );
    // The oldest belong to a removed consumer; they must not block others.
    await database.query(
      `insert into facts.inbox (consumer, fact_id, at)
       select c, 'fct_' || n, now() - interval '1 day' * d
       from generate_series(1, $1::int) n, (values ('echoes.sums', 8), ('gone', 9)) as of (c, d)`,
      [many],
    );
    const statements = await database.statements.record(() =>
      sweepFacts(database, quiet, new AbortController().signal, batch),
    );
    expect(statements.filter((text) => /^delete from facts.idempotency/.test(text))).toHaveLength(3);
    expect(statements.filter((text) => /delete from facts.inbox/.test(text))).toHaveLength(5);
    expect(await database.query('select key from facts.idempotency')).toEqual([{ key: 'young' }]);
    const left = await database.query(
      `select consumer, count(*)::int as n from facts.inbox where fact_id like 'fct\\__%' and at < now() - interval '7 days' group by 1`,
    );
    expect(left).toEqual([{ consumer: 'gone', n: many }]);

    // The house does so by itself.
    await database.query(`update facts.idempotency set at = now() - interval '8 days'`);
    await house.sweep();
    expect(await database.query('select 1 from facts.idempotency')).toEqual([]);
  }, 60_000);
});
