import { readFileSync } from 'node:fs';
import {
  buildSchema,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  validateSchema,
  visit,
  type GraphQLSchema,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { audiencesOf } from '../../gateway/supergraph/audiences.ts';
import { houseAudiences, schemaAudiences, type SchemaAudience } from '../../platform/access/audiences.ts';
import { registrySupergraph } from '../testkit/registry.ts';
import { measurable } from '../testkit/supergraph.ts';

const value = await measurable(registrySupergraph().sdl);
const nobody = (): Promise<never> => Promise.reject(new Error('Nothing is run here.'));
const audience = audiencesOf(value, houseAudiences, 'policies', (parts) => ({
  ...parts,
  execute: nobody,
  audience: () => null,
  stop: () => Promise.resolve(),
}));

const schemas = new Map(
  schemaAudiences.map((name) => [
    name,
    buildSchema(readFileSync(new URL(`../../schema/audiences/${name}.graphql`, import.meta.url), 'utf8')),
  ]),
);
const printed = (name: SchemaAudience): GraphQLSchema => schemas.get(name)!;

function bare(schema: GraphQLSchema): string {
  const document = parse(printSchema(lexicographicSortSchema(schema)));
  return print(
    visit(document, {
      enter: (node) => ('description' in node && node.description ? { ...node, description: undefined } : undefined),
    }),
  );
}

const rootsOf = (schema: GraphQLSchema): string[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    type ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
  );

describe.each(schemaAudiences)('the schema of %s', (name) => {
  test('is valid, and the gateway answers what is printed', async () => {
    const schema = printed(name);
    expect(validateSchema(schema)).toEqual([]);
    expect(bare((await audience(name)!).apiSchema)).toBe(bare(schema));
  });
});

test('each root field is in the schemas that follow from its access, or that its OS names', () => {
  const has = (name: SchemaAudience, root: string): boolean => rootsOf(printed(name)).includes(root);
  const inWhich = (root: string): SchemaAudience[] => schemaAudiences.filter((name) => has(name, root));
  expect(inWhich('Query.assets')).toEqual([...schemaAudiences]);
  expect(inWhich('Mutation.sessionSignIn')).toEqual([...schemaAudiences]);
  expect(inWhich('Mutation.bidPlace')).toEqual(['storefront', 'dashboard', 'operator', 'agent']);
  expect(inWhich('Mutation.auctionCreate')).toEqual(['dashboard', 'operator', 'agent']);
  expect(inWhich('Mutation.platformRoleSet')).toEqual(['operator']);
  expect(inWhich('Mutation.auctionImport')).toEqual(['operator']);
  expect(inWhich('Query.accountMails')).toEqual(['operator']);
  // The staff misses nothing.
  expect(rootsOf(printed('operator')).toSorted()).toEqual(rootsOf(value.apiSchema).toSorted());
  expect(printed('storefront').getType('AccountMail')).toBeUndefined();
});
