import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { entityNames } from '../../../subgraphs/hub/node/entities.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const node = 'query ($id: ID!) { node(id: $id) { __typename id } }';
const nodes =
  'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Asset { title } ... on User { displayName } } }';

let world: World;
let ann: Person;
let draft: string;
let published: string;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  const make = async (title: string) => {
    const { assetCreate } = await ann.ask(
      'mutation ($title: String!) { assetCreate(input: { title: $title, kind: ART }) { asset { id } } }',
      { title },
    );
    return assetCreate.asset.id as string;
  };
  draft = await make('Draft');
  published = await make('Shown');
  await ann.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id: published });
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

describe('node', () => {
  test('returns an entity of any type by its id, and null if the viewer may not see it', async () => {
    expect(await world.anonymous.ask(node, { id: ann.id })).toEqual({ node: { __typename: 'User', id: ann.id } });
    expect(await world.anonymous.ask(node, { id: published })).toEqual({
      node: { __typename: 'Asset', id: published },
    });
    expect(await world.anonymous.ask(node, { id: draft })).toEqual({ node: null });
    expect(await ann.ask(node, { id: draft })).toEqual({ node: { __typename: 'Asset', id: draft } });
    const stranger = await world.signUp({ organization: 'Elsewhere' });
    expect(await stranger.ask(node, { id: draft })).toEqual({ node: null });
    expect(await (await world.inUniverse('other').operator()).ask(node, { id: published })).toEqual({ node: null });
  });

  test('is null for a hidden entity even if only its id is selected', async () => {
    expect(await world.anonymous.ask('query ($id: ID!) { node(id: $id) { id } }', { id: draft })).toEqual({
      node: null,
    });
  });

  test('knows every entity of the graph', async () => {
    const known = new Set(entityNames().map(({ type }) => type));
    const declared = subgraphs.flatMap(({ nouns }) =>
      nouns.flatMap((noun) => noun.types.filter((t) => !noun.isInterface(t))),
    );
    expect(declared.filter((type) => !known.has(type))).toEqual([]);
    for (const { prefix } of entityNames())
      expect(await world.anonymous.ask(node, { id: `${prefix}_01h455vb4pex5vsknk084sn02q` })).toEqual({ node: null });
  });

  test('an invalid id is INVALID, with its path', async () => {
    for (const id of ['', 'x', 'fct_01h455vb4pex5vsknk084sn02q', ann.id.slice(0, -1)])
      expect(await refusal(ann, node, { id })).toEqual({ code: 'INVALID', path: 'id' });
    expect(await refusal(ann, nodes, { ids: [ann.id, 'x'] })).toEqual({ code: 'INVALID', path: 'ids.1' });
  });

  test('takes one statement', async () => {
    expect(await world.statements(() => ann.ask(node, { id: draft }))).toHaveLength(1);
  });
});

describe('nodes', () => {
  test('returns entities in the order of the ids, with null for hidden ones', async () => {
    const { nodes: found } = await world.anonymous.ask(nodes, { ids: [published, draft, ann.id, published] });
    expect(found).toEqual([
      { __typename: 'Asset', id: published, title: 'Shown' },
      null,
      { __typename: 'User', id: ann.id, displayName: 'Ann' },
      { __typename: 'Asset', id: published, title: 'Shown' },
    ]);
  });

  test('takes at most a hundred ids', async () => {
    expect((await refusal(ann, nodes, { ids: Array.from({ length: 101 }, () => ann.id) })).code).toBe('LIMIT_EXCEEDED');
  });

  test('takes one statement per type of entity, for one id and for fifty', async () => {
    expect(await world.statements(() => ann.ask(nodes, { ids: [published] }))).toHaveLength(1);
    const fifty = Array.from({ length: 50 }, (_, n) => (n % 2 ? published : ann.id));
    expect(await world.statements(() => ann.ask(nodes, { ids: fifty }))).toHaveLength(2);
  });
});

describe('serverTime', () => {
  test('is the clock of the house, to the millisecond, without a statement', async () => {
    const before = Date.now();
    const { serverTime } = await world.anonymous.ask('{ serverTime }');
    expect(serverTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(new Date(serverTime).getTime()).toBeGreaterThanOrEqual(before);
    world.clock.turn(3_600_000);
    const later = (await world.anonymous.ask('{ serverTime }')).serverTime as string;
    expect(new Date(later).getTime()).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(await world.statements(() => world.anonymous.ask('{ serverTime }'))).toEqual([]);
  });
});

describe('catalog', () => {
  test('lists every system with its root fields, permissions, facts and examples', async () => {
    const { catalog } = await world.anonymous.ask(`{ catalog { systems {
      name title description
      roots { name kind description access facts }
      permissions { name sentence organizationRole platformRoles own }
      facts { type sentence }
      examples { name description operation variables public }
    } } }`);
    expect(catalog.systems.map(({ name }: { name: string }) => name)).toEqual(subgraphs.map(({ name }) => name));
    const assets = catalog.systems.find(({ name }: { name: string }) => name === 'assets');
    expect(assets.roots).toContainEqual({
      name: 'assetCreate',
      kind: 'MUTATION',
      description: expect.stringContaining('Creates an asset'),
      access: 'assets.asset.create',
      facts: ['assets.asset.created'],
    });
    const roots = catalog.systems.flatMap((system: { roots: { name: string }[] }) =>
      system.roots.map(({ name }) => name),
    );
    const { schema } = world;
    const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    expect(new Set(roots)).toEqual(new Set(types.flatMap((type) => Object.keys(type?.getFields() ?? {}))));
    expect(await world.statements(() => world.anonymous.ask('{ catalog { systems { name } } }'))).toEqual([]);
  });
});
