import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
  world = await openWorld();
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

  test('whoever is not found is still called by name where something refers to them, without a profile', async () => {
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

  test('pages hold together, and a page of any length takes two statements, three with its total', async () => {
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
});
