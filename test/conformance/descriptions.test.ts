import { Kind } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import { readNames } from '../../schema/names.ts';
import { subgraphs } from '../../subgraphs/index.ts';

/** Self-evident fields and arguments that entities, pages, events and mutations have in common. */
const selfEvident = new Set(
  'id nodeId createdAt updatedAt occurredAt edges nodes node pageInfo input asset'.split(' '),
);
const isRoot = (name: string) => ['Query', 'Mutation', 'Subscription'].includes(name);
const ownerOf = new Map((await readNames()).map(({ name, os }) => [name, os]));

describe.each(subgraphs.map((os) => [os.name, os] as const))('%s', (_name, os) => {
  test('every type, field, argument, input field and enum value is described', () => {
    const missing: string[] = [];
    for (const definition of buildSubgraph(os).document.definitions) {
      if (!('name' in definition) || !definition.name) continue;
      const name = definition.name.value;
      // Names of another OS are described there.
      const own = isRoot(name) || [os.name, 'platform'].includes(ownerOf.get(name) ?? '');
      if (own && !isRoot(name) && !('description' in definition && definition.description)) missing.push(name);
      const note = (coordinate: string, each: { name: { value: string }; description?: unknown }) => {
        if (!each.description && !selfEvident.has(each.name.value)) missing.push(coordinate);
      };
      if ('fields' in definition) {
        for (const field of definition.fields ?? []) {
          const coordinate = `${name}.${field.name.value}`;
          note(coordinate, field);
          if ('arguments' in field)
            for (const argument of field.arguments ?? []) note(`${coordinate}(${argument.name.value}:)`, argument);
        }
      }
      if (definition.kind === Kind.ENUM_TYPE_DEFINITION)
        for (const value of definition.values ?? []) note(`${name}.${value.name.value}`, value);
    }
    expect(missing).toEqual([]);
  });
});
