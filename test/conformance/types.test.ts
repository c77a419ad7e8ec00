import { Kind, print } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import { composeSupergraph } from '../../schema/contracts.ts';
import { readNames } from '../../schema/names.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { inputTypes, outputTypes, read, rootTypes } from './house.ts';

/** Fields with an id of an external system, which is not an ID of this graph. */
const foreignIds = new Set(['Asset.sourceId', 'AssetImportLineInput.sourceId']);
/** Lists for which null differs from an empty list. */
const meaningfulNulls = new Map([
  ['ActorKey.scopes', 'null is no limit, an empty list is no right at all'],
  ['Viewer.scopes', 'null is no limit, an empty list is no right at all'],
  ['Organization.invitations', 'null is for those who may not invite, an empty list says that there are none'],
  ['Agent.keys', 'null is for those who may not make one, an empty list says that none is good'],
  ['Service.keys', 'null is for those who may not make one, an empty list says that none is good'],
  ['Actor.platformRoles', 'null is for those who may not see them, an empty list says that there are none'],
  ['User.platformRoles', 'null is for those who may not see them, an empty list says that there are none'],
  ['Organization.platformRoles', 'null is for those who may not see them, an empty list says that there are none'],
  ['Agent.platformRoles', 'null is for those who may not see them, an empty list says that there are none'],
  ['Service.platformRoles', 'null is for those who may not see them, an empty list says that there are none'],
  ['Asset.similar', 'null says that the database cannot tell, an empty list that nothing is near'],
]);

const names = await readNames();
const ownerOf = new Map(names.map(({ name, os }) => [name, os]));
const entities = new Set(names.filter(({ kind }) => kind === 'entity').map(({ name }) => name));
const isRoot = (type: string) => rootTypes.some((root) => root === type);

describe.each(subgraphs.map((os) => [os.name, os] as const))('%s', (_name, os) => {
  const types = outputTypes(os);
  const fields = types.flatMap((type) =>
    type.fields.map((field) => ({
      type,
      field,
      name: field.name.value,
      coordinate: `${type.name}.${field.name.value}`,
      is: read(field.type),
      bounded: /at most/i.test(
        [field, ...(field.arguments ?? [])].map(({ description }) => description?.value ?? '').join(' '),
      ),
    })),
  );

  test('resolves the keys of its types, and of other types that it extends', () => {
    for (const type of buildSubgraph(os).document.definitions) {
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      const { value: name } = type.name;
      const own = os.references[name] !== undefined || os.nouns.some((noun) => noun.types.includes(name));
      const adds = type.fields?.some((field) => !['id', 'nodeId'].includes(field.name.value)) ?? false;
      for (const key of (type.directives ?? []).filter((directive) => directive.name.value === 'key'))
        expect(print(key).includes('resolvable: false'), `${name} ${print(key)}`).toBe(!own && !adds);
    }
  });

  test('ids are ID!', () => {
    for (const { name, coordinate, is } of fields) {
      if (name === 'id') expect(is, coordinate).toMatchObject({ name: 'ID', nonNull: true });
      if (/Ids?$/.test(name) && !foreignIds.has(coordinate)) expect(is.name, coordinate).toBe('ID');
    }
    for (const input of inputTypes(os)) {
      for (const field of input.fields) {
        const coordinate = `${input.name}.${field.name.value}`;
        if (!/Ids?$/.test(field.name.value) || foreignIds.has(coordinate)) continue;
        expect(['ID', 'IDFilter'], coordinate).toContain(read(field.type).name);
      }
    }
  });

  test('lists are non-null, and so are their items except where the position matters', () => {
    for (const { coordinate, is } of fields) {
      if (!is.list || meaningfulNulls.has(coordinate)) continue;
      expect(is.nonNull, `${coordinate} is a list that may be null`).toBe(!coordinate.startsWith('Query.'));
      if (coordinate !== 'Query.nodes') expect(is.itemNonNull, `${coordinate} has items that may be null`).toBe(true);
    }
  });

  test('lists of entities are connections or declare their maximum', () => {
    for (const { type, coordinate, is, bounded } of fields) {
      if (!is.list || !(entities.has(is.name) || is.name === 'Node' || is.name === 'Actor')) continue;
      if (type.name.endsWith('Connection')) continue;
      expect(bounded, `${coordinate} is a list of ${is.name} without a bound`).toBe(true);
    }
    for (const type of types.filter(({ name }) => name.endsWith('Connection'))) {
      const shape = type.fields.map((field) => `${field.name.value}: ${print(field.type)}`);
      const noun = type.name.replace(/Connection$/, '');
      expect(shape).toEqual([
        `edges: [${noun}Edge!]!`,
        `nodes: [${noun}!]!`,
        'pageInfo: PageInfo!',
        'totalCount: Int!',
      ]);
    }
  });

  test('a connection takes first, after, last and before', () => {
    for (const { type, field, is, coordinate } of fields.filter((each) => each.is.name.endsWith('Connection'))) {
      const given = (field.arguments ?? []).map((argument) => `${argument.name.value}: ${print(argument.type)}`);
      expect(given, coordinate).toEqual(
        expect.arrayContaining(['first: Int', 'after: String', 'last: Int', 'before: String']),
      );
      // A query root and a field added to another OS's type may be null: an OS that is down costs its own fields, never the page.
      const added = (ownerOf.get(type.name) ?? os.name) !== os.name && ownerOf.get(type.name) !== 'platform';
      expect(is.nonNull, coordinate).toBe(!isRoot(type.name) && !added);
    }
  });

  test('references to other OSes and fields added to their types may be null', () => {
    for (const { type, name, coordinate, is, field } of fields) {
      const owner = ownerOf.get(is.name);
      const kind = names.find((row) => row.name === is.name)?.kind;
      if ((kind === 'entity' || kind === 'interface') && owner !== os.name && owner !== 'platform')
        expect(is.list ? is.itemNonNull : is.nonNull, `${coordinate} refers to ${is.name} of ${owner}`).toBe(false);
      const added =
        !isRoot(type.name) && (ownerOf.get(type.name) ?? os.name) !== os.name && ownerOf.get(type.name) !== 'platform';
      const external = field.directives?.some((directive) => directive.name.value === 'external');
      if (added && !external && name !== 'id' && name !== 'nodeId')
        expect(is.nonNull, `${coordinate} is added to a type of ${ownerOf.get(type.name)}`).toBe(false);
    }
  });

  test('fields that are not public may be null and are tagged', () => {
    for (const [coordinate, { audience }] of buildSubgraph(os).restrictions) {
      const found = fields.find((each) => each.coordinate === coordinate);
      expect(found?.is.nonNull, coordinate).toBe(false);
      const tags = (found?.field.directives ?? []).map((directive) => print(directive));
      expect(tags, coordinate).toContain(`@tag(name: "${audience}")`);
    }
  });

  test('every type and argument is described or self-evident', () => {
    const undescribed = types.filter(
      ({ name, description, directives }) =>
        description === '' && !isRoot(name) && !name.endsWith('Payload') && !directives.includes('key'),
    );
    expect(undescribed.map(({ name }) => name)).toEqual([]);
  });
});

test('types that several OSes print are identical byte for byte', () => {
  const printed = new Map<string, Map<string, string[]>>();
  const shared = new Set(names.filter(({ os }) => os === 'platform').map(({ name }) => name));
  for (const os of subgraphs) {
    for (const definition of buildSubgraph(os).document.definitions) {
      if (!('name' in definition) || !definition.name || !shared.has(definition.name.value)) continue;
      // The hub's own form has no id, so that even that is asked of the owner.
      if (os.name === 'hub' && definition.name.value === 'Node') continue;
      const forms = printed.get(definition.name.value) ?? new Map<string, string[]>();
      const text = print(definition);
      forms.set(text, [...(forms.get(text) ?? []), os.name]);
      printed.set(definition.name.value, forms);
    }
  }
  for (const [name, forms] of printed) expect([...forms], `${name} has ${forms.size} forms`).toHaveLength(1);
  expect(printed.size).toBeGreaterThan(5);
});

test('inputs, enums and interfaces have one owner, and only shared types are printed twice', () => {
  const seen = new Map<string, string>();
  for (const os of subgraphs) {
    for (const definition of buildSubgraph(os).document.definitions) {
      const single =
        definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ||
        definition.kind === Kind.ENUM_TYPE_DEFINITION ||
        definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
      if (!single || ownerOf.get(definition.name.value) === 'platform') continue;
      expect(seen.get(definition.name.value), definition.name.value).toBeUndefined();
      seen.set(definition.name.value, os.name);
    }
  }
});

test('the subgraphs compose without errors or hints', () => {
  expect(composeSupergraph(subgraphs)).toContain('join__Graph');
});
