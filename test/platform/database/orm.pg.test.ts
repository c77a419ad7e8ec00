import { defineEntity, type MikroORM, OptimisticLockError, p } from '@mikro-orm/postgresql';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../../platform/database/database.ts';
import { insideTransaction, SecondConnectionInTransaction } from '../../../platform/database/guard.ts';
import { createOrm } from '../../../platform/database/orm.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { onBoth } from './both.ts';

const LotSchema = defineEntity({
  name: 'Lot',
  properties: {
    id: p.string().primary(),
    universeId: p.string(),
    highestBid: p.decimal('string').columnType('numeric(38,0)'),
    sequence: p.bigint('bigint'),
    closesAt: p.datetime(3),
    day: p.date().nullable(),
    details: p.json<{ a: number[] }>(),
    tags: p.array(),
    version: p.integer().version(),
  },
  filters: { universe: { name: 'universe', cond: ({ id }: { id: string }) => ({ universeId: id }), default: false } },
});
class Lot extends LotSchema.class {}
LotSchema.setClass(Lot);

const NoteSchema = defineEntity({
  name: 'Note',
  properties: { id: p.integer().primary(), text: p.string(), remark: p.string().nullable() },
});
class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

const tables = [
  'create schema auction',
  'create schema notes',
  `create table auction.lot (
    id text primary key, universe_id text not null, highest_bid numeric(38,0) not null, sequence int8 not null,
    closes_at timestamptz(3) not null, day date, details jsonb not null, tags text[] not null, version int not null default 1
  )`,
  'create table notes.note (id int generated always as identity primary key, text text not null, remark text)',
];

onBoth((database: () => Database) => {
  let auction: MikroORM;
  let notes: MikroORM;
  beforeAll(async () => {
    for (const table of tables) await database().query(table);
    auction = createOrm(database(), { schema: 'auction', entities: [Lot] });
    notes = createOrm(database(), { schema: 'notes', entities: [Note] });
  });

  const lot = (id: string, universeId = 'prime'): Lot => {
    const em = auction.em.fork();
    return em.create(Lot, {
      id,
      universeId,
      highestBid: '99999999999999999999999999999999999999',
      sequence: 9007199254740993n,
      closesAt: new Date('2031-01-02T03:04:05.678Z'),
      day: '2024-02-29',
      details: { a: [1, 2] },
      tags: ['b', 'a"x', ''],
    });
  };
  const place = async (entity: Lot): Promise<void> => {
    const em = auction.em.fork();
    em.persist(entity);
    await em.flush();
  };

  test('every type is read as written', async () => {
    await place(lot('types'));
    const read = await auction.em.fork().findOneOrFail(Lot, 'types');
    expect(read).toMatchObject({
      highestBid: '99999999999999999999999999999999999999',
      sequence: 9007199254740993n,
      closesAt: new Date('2031-01-02T03:04:05.678Z'),
      day: '2024-02-29',
      details: { a: [1, 2] },
      tags: ['b', 'a"x', ''],
      version: 1,
    });
    expect(await database().query(`select closes_at, sequence, details from auction.lot where id = 'types'`)).toEqual([
      { closes_at: new Date('2031-01-02T03:04:05.678Z'), sequence: '9007199254740993', details: { a: [1, 2] } },
    ]);
  });

  test('a nullable column without a value is null in a new row', () => {
    expect(notes.em.fork().create(Note, { text: 'unread' }).remark).toBeNull();
  });

  test('two ORMs share the pool, each in its own schema', async () => {
    await place(lot('shared'));
    const em = notes.em.fork();
    em.create(Note, { text: 'one' });
    await em.flush();
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const note = notes.em.fork();
        note.create(Note, { text: `${n}` });
        await note.flush();
        expect(await auction.em.fork().count(Lot, { id: 'shared' })).toBe(1);
      }),
    );
    expect(await notes.em.fork().count(Note)).toBe(21);
  });

  test('begin, flush and commit persist; rollback does not', async () => {
    const em = auction.em.fork();
    await em.begin();
    em.persist(lot('committed'));
    await em.commit();
    const other = auction.em.fork();
    await other.begin();
    other.persist(lot('rolled-back'));
    await other.flush();
    expect(await other.count(Lot, { id: 'rolled-back' })).toBe(1);
    await other.rollback();
    const ids = (await auction.em.fork().find(Lot, { id: ['committed', 'rolled-back'] })).map(({ id }) => id);
    expect(ids).toEqual(['committed']);
  });

  test('inside an open transaction only its own manager works', async () => {
    await place(lot('guarded'));
    const em = auction.em.fork();
    await em.begin();
    const inside = insideTransaction('lotClose', async () => {
      const own = await em.findOneOrFail(Lot, 'guarded');
      own.details = { a: [3] };
      await em.flush();
      expect(await sqlIn(em, 'select details from auction.lot where id = $1', ['guarded'])).toEqual([
        { details: { a: [3] } },
      ]);
      await expect(notes.em.fork().find(Note, {})).rejects.toThrow(SecondConnectionInTransaction);
      await expect(auction.em.fork().begin()).rejects.toThrow(SecondConnectionInTransaction);
    });
    await inside;
    await em.rollback();
    expect((await auction.em.fork().findOneOrFail(Lot, 'guarded')).details).toEqual({ a: [1, 2] });
  });

  test('an outdated version is refused', async () => {
    await place(lot('versioned'));
    const [one, two] = [auction.em.fork(), auction.em.fork()];
    const first = await one.findOneOrFail(Lot, 'versioned');
    const second = await two.findOneOrFail(Lot, 'versioned');
    first.tags = ['first'];
    await one.flush();
    expect(first.version).toBe(2);
    second.tags = ['second'];
    await expect(two.flush()).rejects.toThrow(OptimisticLockError);
  });

  test('a filter of the fork applies to all its reads', async () => {
    await place(lot('here', 'one'));
    await place(lot('there', 'two'));
    const em = auction.em.fork();
    em.setFilterParams('universe', { id: 'two' });
    const found = await em.find(Lot, { id: ['here', 'there'] }, { filters: { universe: true } });
    expect(found.map(({ id }) => id)).toEqual(['there']);
  });

  test('a violated constraint is reported with its SQLSTATE', async () => {
    await place(lot('twice'));
    await expect(place(lot('twice'))).rejects.toMatchObject({
      name: 'UniqueConstraintViolationException',
      code: '23505',
    });
  });

  test('closing an ORM keeps the connections of others', async () => {
    const short = createOrm(database(), { schema: 'notes', entities: [Note] });
    await short.em.fork().count(Note);
    await short.close();
    expect(await notes.em.fork().count(Note)).toBeGreaterThanOrEqual(0);
  });

  test('inserting one row is one statement', async () => {
    const em = notes.em.fork();
    em.create(Note, { text: 'counted' });
    const statements = await database().statements.record(() => em.flush());
    expect(statements).toHaveLength(3);
    expect([statements[0], statements[2]]).toEqual(['begin', 'commit']);
  });
});

describe('the global manager', () => {
  test('is refused', () => {
    const database = { pool: { withTypes: () => ({}) } } as unknown as Database;
    const orm = createOrm(database, { schema: 'notes', entities: [Note] });
    expect(() => orm.em.persist(new Note())).toThrow(/global EntityManager/);
  });
});
