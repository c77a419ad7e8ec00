import { Kind } from 'graphql';
import { Query, Resolver } from 'type-graphql';
import { describe, expect, test } from 'vitest';
import { Reads } from '../../platform/access/declare.ts';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import { defineSubgraph } from '../../platform/subgraph/subgraph.ts';
import { nameKey, ownedNames, readNames } from '../../schema/names.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { doubles, inputTypes, outputTypes, read, rootsOf, rootTypes, upperFirst } from './house.ts';

@Resolver()
class Twin {
  @Reads('public')
  @Query(() => String, { description: 'What another system declares.' })
  asset(): string {
    return '';
  }
}

const all = rootTypes.flatMap((kind) => rootsOf(kind));
const forClients = all.filter(({ declaration }) => declaration.access !== 'router');

describe('schema/names.tsv', () => {
  test('lists every name of the graph with its only owner', async () => {
    expect(await readNames()).toEqual(ownedNames(subgraphs));
    const keys = ownedNames(subgraphs).map((row) => nameKey(row));
    expect(doubles(keys), 'names that are listed twice').toEqual([]);
    for (const { name, kind, prefix } of ownedNames(subgraphs))
      expect(prefix !== '', `the prefix of ${name}`).toBe(kind === 'entity');
  });

  test('refuses a name declared by two systems, naming both', () => {
    const twin = defineSubgraph({ name: 'twin', title: 'Twin', description: 'x', resolvers: [Twin] });
    expect(() => ownedNames([...subgraphs, twin])).toThrow('asset is declared by assets and by twin');
  });

  test('gives each entity a unique id prefix', async () => {
    const entities = (await readNames()).filter(({ kind }) => kind === 'entity');
    const shared = doubles(entities.map(({ prefix }) => prefix)).map(
      (prefix) => `${prefix}: ${entities.flatMap((each) => (each.prefix === prefix ? each.name : [])).join(', ')}`,
    );
    expect(shared, 'prefixes of several entities: give all but one of them another `prefix`').toEqual([]);
    const byType = new Map(entities.map(({ name, prefix }) => [name, prefix]));
    for (const { nouns } of subgraphs) {
      for (const noun of nouns) {
        const types = noun.types.filter((type) => !noun.isInterface(type));
        expect(new Set(types.map((type) => byType.get(type)))).toEqual(new Set(noun.prefixes));
      }
    }
  });
});

describe('root fields', () => {
  test.each(forClients.map((root) => [`${root.declaration.kind} ${root.name}`, root] as const))(
    '%s has a description',
    (_name, root) => {
      const description = root.field.description?.value ?? '';
      expect(description).toMatch(new RegExp(`^\\[${root.os.name}\\] [A-Z][^]{10,}[.]$`));
      if (root.declaration.kind === 'Mutation' && root.declaration.access !== 'signedIn')
        expect(description).toContain('Errors:');
    },
  );

  test('start with no verb and no “my”', () => {
    const verbs = /^(get|list|find|fetch|load|read|create|make|add|update|change|set|delete|remove|my|all)[A-Z]/;
    expect(all.map(({ name }) => name).filter((name) => verbs.test(name) || !/^[a-z][A-Za-z0-9]*$/.test(name))).toEqual(
      [],
    );
  });

  test('cover every entity by its id', () => {
    const queries = new Set(rootsOf('Query').map(({ name }) => name));
    const nouns = subgraphs.flatMap((os) => os.nouns.map(({ name }) => name));
    expect(nouns.length).toBeGreaterThan(10);
    expect(nouns.filter((name) => !queries.has(name.slice(0, 1).toLowerCase() + name.slice(1)))).toEqual([]);
  });

  const mutations = rootsOf('Mutation');
  test.each(mutations.map((root) => [root.name, root] as const))(
    '%s shares its word family with its permission, facts and types',
    (name, root) => {
      const { access, tells } = root.declaration;
      const words = (dotted: string) => dotted.split('.');
      if (root.os.permissions[access]) {
        const [, noun = '', verb = ''] = words(access);
        expect(name).toBe(noun + upperFirst(verb));
      }
      if (tells && 'facts' in tells) {
        const nouns = tells.facts.map(({ type }) => words(type)[1] ?? '');
        expect(
          nouns.some((noun) => name.startsWith(noun)),
          `${name} begins with none of ${nouns.join(', ')}`,
        ).toBe(true);
      }
      const given = root.field.arguments ?? [];
      expect(given.length).toBeLessThanOrEqual(1);
      for (const argument of given) {
        expect(argument.name.value).toBe('input');
        expect(read(argument.type)).toMatchObject({ name: `${upperFirst(name)}Input`, nonNull: true });
      }
      expect(read(root.field.type)).toEqual({
        name: `${upperFirst(name)}Payload`,
        nonNull: true,
        list: false,
        itemNonNull: false,
      });
    },
  );

  test('a subscription is named by a noun and a past participle, and its event has a position', () => {
    for (const { os, name, field } of rootsOf('Subscription')) {
      const type = read(field.type);
      expect(type).toMatchObject({ name: `${upperFirst(name)}Event`, nonNull: true });
      const event = outputTypes(os).find((each) => each.name === type.name);
      const fields = event?.fields.map(
        (each) => `${each.name.value}: ${read(each.type).name}${read(each.type).nonNull ? '!' : ''}`,
      );
      // A state stream delivers a state, not an event: it says as of when, and nothing can be replayed.
      if (fields?.includes('asOf: DateTime!')) {
        expect((field.arguments ?? []).map((argument) => argument.name.value)).not.toContain('after');
        continue;
      }
      const families = os.facts.map(({ type }) => {
        const [, noun = '', participle = ''] = type.split('.');
        return upperFirst(noun) + upperFirst(participle);
      });
      const fits = families.some((family) => upperFirst(name).endsWith(family));
      expect(fits, `${name} is of no fact's family`).toBe(true);
      expect(fields).toEqual(expect.arrayContaining(['cursor: String!', 'sequence: String!', 'occurredAt: DateTime!']));
      expect((field.arguments ?? []).map((argument) => argument.name.value)).toEqual(
        expect.arrayContaining(['after', 'filter']),
      );
    }
  });

  test('facts and permissions are named os.noun.word', () => {
    for (const os of subgraphs) {
      for (const name of [...Object.keys(os.permissions), ...os.facts.map(({ type }) => type)])
        expect(name).toMatch(new RegExp(`^${os.name}\\.[a-z][A-Za-z]*\\.[a-z][A-Za-z]*$`));
      for (const { sentence } of [...Object.values(os.permissions), ...os.facts])
        expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('types', () => {
  test('type names are PascalCase, fields camelCase, enum values upper case', () => {
    for (const os of subgraphs) {
      for (const definition of buildSubgraph(os).document.definitions) {
        if (!('name' in definition) || !definition.name) continue;
        expect(definition.name.value).toMatch(/^[A-Z][A-Za-z0-9]*$/);
        if (definition.kind === Kind.ENUM_TYPE_DEFINITION)
          for (const value of definition.values ?? []) expect(value.name.value).toMatch(/^[A-Z][A-Z0-9_]*$/);
      }
      for (const { name, fields } of [...outputTypes(os), ...inputTypes(os)])
        for (const field of fields) expect(`${name}.${field.name.value}`).toMatch(/^[A-Za-z0-9]+\.[a-z][A-Za-z0-9]*$/);
    }
  });

  test('names distinguish points in time from dates', () => {
    for (const os of subgraphs) {
      for (const { name, fields } of outputTypes(os)) {
        for (const field of fields) {
          const coordinate = `${name}.${field.name.value}`;
          const type = read(field.type).name;
          if (type === 'DateTime') expect(coordinate).toMatch(/(At|Time|asOf|Start|End)$/);
          if (type === 'Date') expect(coordinate).toMatch(/(On|Earliest|Latest|Date)$/);
        }
      }
    }
  });
});
