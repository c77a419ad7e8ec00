import {
  getNamedType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  parse,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joined } from '../../../platform/access/audience.ts';
import { notesFrom, readNotes } from '../../../gateway/supergraph/notes.ts';
import { jpeg } from '../../testkit/files.ts';
import { attach, draftOf, openMediaWorld, type MediaWorld } from '../../testkit/media.ts';
import type { Client, Person, World } from '../../testkit/world.ts';

/** Fields are selected down to here, which reaches those of all rows that only some see. */
const deepest = 3;

const notes = notesFrom(readNotes(parse(readFileSync('schema/supergraph.graphql', 'utf8'))));

/** All fields of a type that are shared among all who see the row. */
function shared(schema: GraphQLSchema, type: GraphQLNamedType, depth = 1): string {
  if (!isObjectType(type) && !isInterfaceType(type)) return '__typename';
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const answered = getNamedType(field.type);
    if (answered.name.endsWith('Connection')) return [];
    const all = isInterfaceType(type) ? [type, ...schema.getPossibleTypes(type)] : [type];
    const audience = [...all.map(({ name }) => notes.audience(name, field.name)), notes.audience(answered.name, 'id')];
    if (!['public', 'visible'].includes(audience.reduce(joined))) return [];
    if (field.args.some((argument) => isNonNullType(argument.type) && argument.defaultValue === undefined)) return [];
    if (isLeafType(answered)) return [field.name];
    return depth < deepest ? [`${field.name} { ${shared(schema, answered, depth + 1)} }`] : [];
  });
  return ['__typename', ...fields].join(' ');
}

let media: MediaWorld;
let world: World;
let owner: Person;
let stranger: Person;
let member: Person;
let operator: Person;
let assetId: string;
beforeAll(async () => {
  media = await openMediaWorld({ oses: ['assets', 'auction', 'hub'] });
  world = media.world;
  owner = await world.signUp({ displayName: 'Owner', organization: 'Museum' });
  member = await world.signUp({ displayName: 'Member' });
  await world.grant(owner.organizationId ?? '', member, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Stranger' });
  operator = await world.operator();
  assetId = await draftOf(owner, owner.organizationId ?? '');
  await attach(world, owner, assetId, await jpeg(64, 48));
});
afterAll(() => media.close());

const nounsSeenBySome = (schema: GraphQLSchema): string[] =>
  Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && notes.audience(type.name, 'id') === 'visible' ? [type.name] : [],
  );

async function idsOf(): Promise<Record<string, string>> {
  const { asset } = await owner.ask(
    'query ($id: ID!) { asset(id: $id) { media { id annotations { id } } links { id } } }',
    {
      id: assetId,
    },
  );
  return {
    Asset: assetId,
    Media: asset.media[0].id,
    MediaAnnotation: asset.media[0].annotations[0].id,
    AssetLink: asset.links[0].id,
  };
}

test('all who see a row see the same in the fields that are shared, and a draft is null for others', async () => {
  const { schema } = world;
  const { asset } = await owner.ask('query ($id: ID!) { asset(id: $id) { media { id } } }', { id: assetId });
  await owner.ask(
    'mutation ($input: MediaAnnotationCreateInput!) { mediaAnnotationCreate(input: $input) { annotation { id } } }',
    {
      input: { mediaId: asset.media[0].id, motivation: 'COMMENTING', text: 'A note' },
    },
  );
  await owner.ask('mutation ($input: AssetLinkAddInput!) { assetLinkAdd(input: $input) { link { id } } }', {
    input: { assetId, kind: 'WEB', url: 'https://museum.example/work' },
  });
  const ids = await idsOf();
  expect(Object.keys(ids).sort()).toEqual(nounsSeenBySome(schema).sort());
  const read = async (client: Client): Promise<Record<string, unknown>> => {
    const found: Record<string, unknown> = {};
    for (const [name, id] of Object.entries(ids)) {
      const type = schema.getType(name) as GraphQLNamedType;
      const query = `query ($id: ID!) { node(id: $id) { ... on ${name} { ${shared(schema, type)} } } }`;
      found[name] = (await client.ask(query, { id })).node;
    }
    return found;
  };
  const hidden = { Asset: null, Media: null, MediaAnnotation: null, AssetLink: null };
  for (const client of [world.anonymous, stranger]) expect(await read(client)).toEqual(hidden);
  // The signatures of addresses differ from hour to hour.
  const unsigned = (rows: object): unknown => JSON.parse(JSON.stringify(rows).replaceAll(/\?[^"]*/g, ''));
  const draft = unsigned(await read(owner));
  for (const client of [member, operator]) expect(unsigned(await read(client))).toEqual(draft);
  await owner.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id: assetId });
  await world.settled();
  const published = await read(world.anonymous);
  expect(published).toMatchObject({
    Asset: { media: [{ annotations: [{ text: 'A note' }] }] },
    Media: { kind: 'IMAGE' },
  });
  for (const client of [stranger, owner, member, operator]) expect(await read(client)).toEqual(published);
});
