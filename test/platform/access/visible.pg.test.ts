import { expect, test } from 'vitest';
import { acts, counters } from '../fixtures/counters.ts';
import { onBoth } from '../fixtures/both.ts';
import { ADD, ann, ask, bob, codeOf, get, newCounter, operator, TALLY, user, valueOf } from '../fixtures/world.ts';

const nobody = { ...ann, id: null, kind: 'ANONYMOUS' as const };
const auditor = user('usr_auditor', { platformRoles: ['AUDITOR'] });
const FIELDS = 'id secret budget';

onBoth((world) => {
  /** What a viewer gets of a counter, by each path to it. */
  async function seen(id: string, actor: typeof ann): Promise<unknown[]> {
    const { house } = world;
    const { errors, data } = await ask(
      house,
      `query($id: ID!, $refs: [_Any!]!) {
        counter(id: $id) { ${FIELDS} }
        counters(filter: { name: { eq: "mine" } }, first: 100) { nodes { ${FIELDS} } edges { node { ${FIELDS} } } }
        _entities(representations: $refs) { ... on Counter { ${FIELDS} } }
      }`,
      {
        id,
        refs: [
          { __typename: 'Counter', id },
          { __typename: 'Counter', nodeId: id },
        ],
      },
      actor,
    );
    expect(errors ?? []).toEqual([]);
    const answer = data as {
      counter: unknown;
      counters: { nodes: { id: string }[]; edges: { node: { id: string } }[] };
      _entities: unknown[];
    };
    return [
      answer.counter,
      answer.counters.nodes.find((each) => each.id === id) ?? null,
      answer.counters.edges.find(({ node }) => node.id === id)?.node ?? null,
      ...answer._entities,
    ];
  }

  test('a self field is visible only to its owner and a restricted one only to permitted viewers, by every path', async () => {
    const id = await newCounter(world.house, ann, { name: 'mine', secret: 'only mine', budget: 7 });
    const all = (value: unknown): unknown[] => Array.from({ length: 5 }, () => value);
    expect(await seen(id, ann)).toEqual(all({ id, secret: 'only mine', budget: null }));
    expect(await seen(id, bob)).toEqual(all({ id, secret: null, budget: null }));
    expect(await seen(id, auditor)).toEqual(all({ id, secret: null, budget: 7 }));
    expect(await seen(id, nobody)).toEqual(all({ id, secret: null, budget: null }));
  });

  test('an invisible row is null by every path, NOT_FOUND to a mutation, and counted nowhere', async () => {
    const { house } = world;
    const id = await newCounter(house, ann, { name: 'mine', open: false });
    expect(await seen(id, bob)).toEqual([null, null, null, null, null]);
    expect((await seen(id, ann)).every((each) => each !== null)).toBe(true);
    expect((await seen(id, operator)).every((each) => each !== null)).toBe(true);
    expect(await codeOf(house, ADD, { input: { counterId: id, by: 1 } }, bob)).toBe('NOT_FOUND');
    // Visible, but not allowed.
    expect(await codeOf(house, ADD, { input: { counterId: id, by: 1 } }, operator)).toBe('FORBIDDEN');
    const count = async (actor: typeof ann): Promise<unknown> =>
      (
        await ask(
          house,
          `{ counters(filter: { ownerId: { eq: "usr_ann" } }) { totalCount } counterAggregate(filter: { ownerId: { eq: "usr_ann" } }) { rows { count } } }`,
          {},
          actor,
        )
      ).data;
    const [mine, theirs] = [await count(ann), await count(bob)];
    const total = (mine as { counters: { totalCount: number } }).counters.totalCount;
    expect(mine).toEqual({ counters: { totalCount: total }, counterAggregate: { rows: [{ count: total }] } });
    expect(theirs).toEqual({ counters: { totalCount: total - 1 }, counterAggregate: { rows: [{ count: total - 1 }] } });
  });

  test('the payload of a mutation shows a self field only to its caller, even within a group', async () => {
    const { house } = world;
    const own = await newCounter(house, ann, { secret: 'only mine' });
    const editor = user('usr_editor', { memberships: [{ organizationId: ann.id ?? '', role: 'EDITOR' }] });
    for (const mutation of [ADD, TALLY].map((text) =>
      text.replace('counter { id value }', 'counter { secret budget }'),
    )) {
      const answers = await Promise.all(
        [ann, editor, ann, editor].map((actor) =>
          get<{ counter: unknown }>(house, mutation, { input: { counterId: own, by: 1 } }, actor),
        ),
      );
      expect(answers.map(({ counter }) => counter)).toEqual([
        { secret: 'only mine', budget: null },
        { secret: null, budget: null },
        { secret: 'only mine', budget: null },
        { secret: null, budget: null },
      ]);
    }
  });

  test('a mutation that does not check its permission fails and rolls back', async () => {
    const { house, database } = world;
    const id = await newCounter(house);
    for (const mutation of [ADD, TALLY])
      expect(await codeOf(house, mutation, { input: { counterId: id, by: 1, act: 'forget' } })).toBe('INTERNAL');
    expect(await valueOf(database, id)).toBe(0);
  });

  test('an anonymous viewer has no permission and owns nothing', async () => {
    const { house } = world;
    const id = await newCounter(house);
    expect(await codeOf(house, ADD, { input: { counterId: id, by: 1 } }, nobody)).toBe('UNAUTHENTICATED');
    expect((await ask(house, '{ counterMine { id } }', {}, nobody)).data).toEqual({ counterMine: null });
    expect((await ask(house, '{ counterMine { ownerId } }')).data).toEqual({ counterMine: { ownerId: ann.id } });
    const narrow = { ...ann, scopes: ['counters.counter.create'] };
    expect(await codeOf(house, ADD, { input: { counterId: id, by: 1 } }, narrow)).toBe('FORBIDDEN');
    expect(await codeOf(house, ADD, { input: { counterId: id, by: 1 } }, ann, { actingFor: 'org_not_mine' })).toBe(
      'FORBIDDEN',
    );
  });

  test('a row of another universe is neither read nor listed, counted, aggregated or locked', async () => {
    const { house } = world;
    const other = { universe: 'elsewhere' };
    const there = user('usr_there', { ...other, platformRoles: ['OPERATOR'] });
    const here = { ...operator, id: there.id };
    const id = await newCounter(house, there, { name: 'there' });
    const query = `query($id: ID!, $refs: [_Any!]!) {
      counter(id: $id) { id }
      counters(filter: { name: { eq: "there" } }) { nodes { id } totalCount }
      counterAggregate(filter: { name: { eq: "there" } }, groupBy: [KIND]) { rows { kind count } }
      counterMine { name }
      _entities(representations: $refs) { ... on Counter { id } }
    }`;
    const variables = { id, refs: [{ __typename: 'Counter', id }] };
    expect((await ask(house, query, variables, here)).data).toEqual({
      counter: null,
      counters: { nodes: [], totalCount: 0 },
      counterAggregate: { rows: [] },
      counterMine: null,
      _entities: [null],
    });
    expect((await ask(house, query, variables, there)).data).toMatchObject({
      counter: { id },
      counters: { nodes: [{ id }], totalCount: 1 },
      counterAggregate: { rows: [{ kind: 'HOT', count: 1 }] },
      counterMine: { name: 'there' },
      _entities: [{ id }],
    });
    expect(await codeOf(house, ADD, { input: { counterId: id, by: 1 } }, here)).toBe('NOT_FOUND');
    // Nor from inside a transaction of this universe.
    const mine = await newCounter(house, here);
    acts.set('look', async (tx) => {
      expect(await counters.lock(tx, id)).toBeNull();
      expect(await counters.load(tx, id)).toBeNull();
      expect((await counters.list(tx, {}, { id })).nodes).toEqual([]);
    });
    expect(await codeOf(house, ADD, { input: { counterId: mine, by: 1, act: 'look' } }, here)).toBeNull();
  });
});
