import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { identity014NameWords } from '../../../subgraphs/identity/migrations/014-name-words.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const search = `query ($search: String, $filter: ActorFilter, $first: Int, $after: String) {
  actors(search: $search, filter: $filter, sort: [DISPLAY_NAME_ASC], first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage } nodes { __typename id displayName profile { biography } }
  }
}`;
const set = 'mutation ($input: ActorUpdateInput!) { actorUpdate(input: $input) { actor { id } } }';

let world: World;
let operator: Person;
let open: Person;
let member: Person;
let hidden: Person;
let colleague: Person;
let stranger: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
  operator = await world.operator();
  open = await world.signUp({ displayName: 'Quill Open' });
  member = await world.signUp({ displayName: 'Quill Member', organization: 'Quill Society' });
  hidden = await world.signUp({ displayName: 'Quill Hidden' });
  colleague = await world.signUp({ displayName: 'Carla Colleague' });
  stranger = await world.signUp({ displayName: 'Sten Stranger', organization: 'Far Away' });
  for (const person of [hidden, colleague]) await world.grant(member.organizationId ?? '', person, 'VIEWER');
  await open.ask(set, { input: { discoverable: 'EVERYONE', biography: 'Open' } });
  await hidden.ask(set, { input: { discoverable: 'NOBODY', biography: 'Hidden' } });
  await member.ask(set, { input: { biography: 'Member' } });
});
afterAll(() => world.close());

async function names(client: Client, words: string, filter: object = {}): Promise<string[]> {
  const { actors } = await client.ask(search, { search: words, filter, first: 50 });
  expect(actors.totalCount).toBe(actors.nodes.length);
  return actors.nodes.map(({ displayName }: { displayName: string }) => displayName);
}

describe('actors', () => {
  test('finds people, organizations and agents by the beginnings of their names', async () => {
    await member.ask('mutation { agentCreate(input: { displayName: "Quill Reader" }) { agent { id } } }');
    expect(await names(member, 'quil')).toEqual(['Quill Member', 'Quill Open', 'Quill Reader', 'Quill Society']);
    expect(await names(member, 'SOC quill')).toEqual(['Quill Society']);
    expect(await names(member, 'uill')).toEqual([]);
    expect(await names(member, "' | :* & !")).toEqual([]);
    expect(await names(member, 'quill', { kind: { in: ['USER', 'ORGANIZATION'] } })).toEqual([
      'Quill Member',
      'Quill Open',
      'Quill Society',
    ]);
    const { actors } = await member.ask(search, { search: 'quill' });
    expect(actors.nodes.map((node: { __typename: string }) => node.__typename)).toEqual([
      'User',
      'User',
      'Agent',
      'Organization',
    ]);
  });

  test('people choose who finds them: everybody, members of a shared organization, or nobody', async () => {
    expect(await names(world.anonymous, 'quill', { kind: { eq: 'USER' } })).toEqual(['Quill Open']);
    expect(await names(stranger, 'quill', { kind: { eq: 'USER' } })).toEqual(['Quill Open']);
    expect(await names(colleague, 'quill', { kind: { eq: 'USER' } })).toEqual(['Quill Member', 'Quill Open']);
    expect(await names(hidden, 'quill', { kind: { eq: 'USER' } })).toEqual([
      'Quill Hidden',
      'Quill Member',
      'Quill Open',
    ]);
    expect(await names(operator, 'quill', { kind: { eq: 'USER' } })).toHaveLength(3);
  });

  test('another universe finds nobody', async () => {
    const far = await world.inUniverse('other').operator();
    expect(await names(far, 'quill')).toEqual([]);
  });

  test('an actor that is not found still has a name in references, but no profile', async () => {
    const ask = 'query ($id: ID!) { actor(id: $id) { displayName profile { biography } } }';
    const seen = async (client: Client, id: string) => (await client.ask(ask, { id })).actor;
    expect(await seen(stranger, hidden.id)).toEqual({ displayName: 'Quill Hidden', profile: null });
    expect(await seen(stranger, member.id)).toEqual({ displayName: 'Quill Member', profile: null });
    expect(await seen(colleague, member.id)).toEqual({
      displayName: 'Quill Member',
      profile: { biography: 'Member' },
    });
    expect(await seen(world.anonymous, open.id)).toEqual({ displayName: 'Quill Open', profile: { biography: 'Open' } });
  });

  test('an organization that hides is listed to its members only', async () => {
    const list = `{ organizations(filter: { displayName: { eq: "Far Away" } }) { totalCount nodes { id } } }`;
    expect((await world.anonymous.ask(list)).organizations.totalCount).toBe(1);
    await stranger.ask(set, { input: { actorId: stranger.organizationId, discoverable: 'MEMBERS' } });
    expect((await world.anonymous.ask(list)).organizations).toEqual({ totalCount: 0, nodes: [] });
    expect((await stranger.ask(list)).organizations.nodes).toEqual([{ id: stranger.organizationId }]);
  });

  test('pages are consistent, and a page of any length takes two statements, three with its total', async () => {
    const first = await operator.ask(search, { search: 'quill', first: 2 });
    const second = await operator.ask(search, {
      search: 'quill',
      first: 50,
      after: first.actors.pageInfo.endCursor,
    });
    const all = await names(operator, 'quill');
    expect([...first.actors.nodes, ...second.actors.nodes].map(({ displayName }) => displayName)).toEqual(all);
    const count = (first: number) => world.statements(() => member.ask(search, { search: 'quill', first }));
    expect((await count(1)).length).toBe(3);
    expect((await count(50)).length).toBe(3);
  });

  describe('searches names like every other search', () => {
    const known = [
      'Jean-Luc O’Brien',
      'Zürich Kunsthaus',
      'A.B.C. Gallery',
      'שָׁלוֹם',
      'مُحَمَّد',
      'ΟΔΥΣΣΕΥΣ',
      '神奈川沖浪裏',
      'ｶﾞﾗｽ Studio',
      'Łódź Archive',
    ];
    beforeAll(async () => {
      for (const displayName of known)
        await member.ask(
          'mutation ($input: OrganizationCreateInput!) { organizationCreate(input: $input) { organization { id } } }',
          { input: { displayName } },
        );
    });

    test.each([
      ['jean', 'Jean-Luc O’Brien'],
      ['luc', 'Jean-Luc O’Brien'],
      ['je-lu', 'Jean-Luc O’Brien'],
      ['O’Br', 'Jean-Luc O’Brien'],
      ["o'br jean", 'Jean-Luc O’Brien'],
      ['zurich', 'Zürich Kunsthaus'],
      ['zu\u0308r', 'Zürich Kunsthaus'],
      ['A.B.C', 'A.B.C. Gallery'],
      ['שלום', 'שָׁלוֹם'],
      ['של', 'שָׁלוֹם'],
      ['محمد', 'مُحَمَّد'],
      ['οδυσσεύς', 'ΟΔΥΣΣΕΥΣ'],
      ['Οδυσ', 'ΟΔΥΣΣΕΥΣ'],
      ['浪裏', '神奈川沖浪裏'],
      ['神', '神奈川沖浪裏'],
      ['裏', '神奈川沖浪裏'],
      ['ガラス', 'ｶﾞﾗｽ Studio'],
      ['lodz', 'Łódź Archive'],
    ])('%s finds %s', async (search, name) => {
      expect(await names(member, search)).toEqual([name]);
    });

    test.each(['奈浪', 'luc-jean', 'nluc', '?', '\\ ?? $1 :*', `'; drop table actors; --`, '🜚'])(
      '%s finds nobody',
      async (search) => {
        expect(await names(member, search)).toEqual([]);
      },
    );

    test('only the first eight words of a long search count', async () => {
      expect(await names(member, 'a b c gal a b c a zzz')).toEqual(['A.B.C. Gallery']);
      expect(await names(member, '浪'.repeat(200))).toEqual([]);
    });

    test('a new name is found at once and the old one no longer; rows without words after the sweep', async () => {
      await open.ask(set, { input: { displayName: 'Éva Nagy-Kiss' } });
      expect(await names(member, 'eva kiss')).toEqual(['Éva Nagy-Kiss']);
      expect(await names(member, 'quill open')).toEqual([]);
      await world.database.query('update identity.actors set words = null where id = $1', [open.id]);
      expect(await names(member, 'eva')).toEqual([]);
      await world.house.sweep();
      expect(await names(member, 'eva')).toEqual(['Éva Nagy-Kiss']);
      await open.ask(set, { input: { displayName: 'Quill Open' } });
    });

    test('existing actors are found by the new words after the migration', async () => {
      const rolledBack = new Error('rolled back');
      const migrated = world.database.transaction(async (client) => {
        await client.query('set local search_path to identity, public');
        await client.query('drop index actors_without_words');
        await client.query('alter table actors drop column words');
        await client.query(
          `alter table actors add column words tsvector generated always as (to_tsvector('simple', display_name)) stored`,
        );
        const pages = (identity014NameWords.up as (query: MigrationQuery) => MigrationPages)(
          async (sql, params) => (await client.query(sql, params as unknown[])).rows as never[],
        );
        while (!(await pages.next()).done);
        const { rows } = await client.query(
          `select display_name as name from actors where words @@ '''zurich'' | ''浪裏'''::tsquery order by display_name`,
        );
        expect(rows).toEqual([{ name: 'Zürich Kunsthaus' }, { name: '神奈川沖浪裏' }]);
        throw rolledBack;
      });
      await expect(migrated).rejects.toBe(rolledBack);
    });

    test('a closed account and its agents have the words of the new name', async () => {
      const gone = await world.signUp({ displayName: 'Gone Girl' });
      await gone.ask('mutation { agentCreate(input: { displayName: "Gone Agent" }) { agent { id } } }');
      await gone.ask('mutation { userClose(input: {}) { user { id } } }');
      const left = await world.database.query(`select 1 from identity.actors where words @@ 'gone'::tsquery`);
      expect(left).toEqual([]);
      const wordless = await world.database.query('select 1 from identity.actors where words is null');
      expect(wordless).toEqual([]);
    });
  });
});
