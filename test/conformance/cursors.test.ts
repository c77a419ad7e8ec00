import fc from 'fast-check';
import { getNamedType, isRequiredArgument, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { subgraphs } from '../../subgraphs/index.ts';
import type { AnyNoun } from '../../platform/nouns/any-noun.ts';
import type { Noun } from '../../platform/nouns/noun.ts';
import type { Row } from '../../platform/nouns/options.ts';
import { registrySupergraph } from '../testkit/registry.ts';
import { openWorld, type Client, type World } from '../testkit/world.ts';

/** A cursor value as JSON: values that no column holds, and some that columns do. */
const madeUp = fc.oneof(
  fc.constantFrom('1e400', '-1e400', '1.5', '-1', '2147483648', '9007199254740993', 'null', 'true', '{}', '[[]]'),
  fc.constantFrom('""', '"x"', '"\\u0000"', '"\\udfff"', '{"sha256":"x"}', '"2026-01-01T00:00:00.000Z"'),
  fc.constantFrom('"+012026-01-01T00:00:00.000Z"', '"-000001-01-01T00:00:00.000Z"', '"0000-01-01T00:00:00.000Z"'),
);

/** Every noun list that is a root field or belongs to the viewer, with the noun's orders. */
const nouns = subgraphs.flatMap((subgraph) => subgraph.nouns as readonly (AnyNoun & Pick<Noun<Row>, 'options'>)[]);
const { schema } = registrySupergraph();
const viewerFields = Object.values((schema.getType('Viewer') as GraphQLObjectType).getFields());
const rootFields = Object.values(schema.getQueryType()?.getFields() ?? {});
const roots = [...rootFields, ...viewerFields].flatMap((field) => {
  const noun = nouns.find(({ name }) => getNamedType(field.type).name === `${name}Connection`);
  const paged = field.args.some(({ name }) => name === 'after') && !field.args.some(isRequiredArgument);
  return noun && paged ? [{ field, noun }] : [];
});

const sorted = (field: GraphQLField<unknown, unknown>): boolean => field.args.some(({ name }) => name === 'sort');
const constantCase = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();

describe('a forged cursor', () => {
  let world: World;
  let operator: Client;
  beforeAll(async () => {
    world = await openWorld();
    operator = await world.operator();
  });
  afterAll(() => world.close());

  test('the lists of every OS are tested', () => expect(roots.length).toBeGreaterThan(10));

  test.each(roots.map(({ field, noun }) => [field.name, field, noun] as const))(
    'of %s gives a page, INVALID or EXPIRED with its path, and never an internal error',
    async (name, field, noun) => {
      const columns =
        sorted(field) && noun.options.sort.length > 0 ? noun.options.sort : [noun.options.sort[0] ?? 'id'];
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...columns),
          fc.boolean(),
          fc.array(madeUp, { minLength: 1, maxLength: 3 }),
          async (column, up, values) => {
            const direction = up && sorted(field) ? 'asc' : 'desc';
            const order = [...(column === 'id' ? [] : [`${column}:${direction}`]), `id:${direction}`].join();
            const after = Buffer.from(`[${[JSON.stringify(order), ...values].join()}]`).toString('base64url');
            const sort = sorted(field) ? `, sort: [${constantCase(column)}_${direction.toUpperCase()}]` : '';
            const list = `${name}(after: $after${sort}) { pageInfo { endCursor } }`;
            const query = `query ($after: String) { ${viewerFields.includes(field) ? `viewer { ${list} }` : list} }`;
            const { errors } = await operator.answer(query, { after });
            for (const { extensions } of errors ?? [])
              expect(extensions).toMatchObject({ code: expect.stringMatching(/^(INVALID|EXPIRED)$/), path: ['after'] });
          },
        ),
        { numRuns: 40, seed: 1 },
      );
    },
    60_000,
  );
});
