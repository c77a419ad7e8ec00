import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { rootOperation } from '../../../clients/console/catalog/root-operation.ts';
import type { RootKind } from '../../../clients/console/catalog/search.ts';

const schema = buildSchema(`
  scalar Decimal scalar DateTime
  enum Currency { EUR USD }
  type Money { amount: Decimal! minor: String! currency: Currency! }
  input MoneyInput { amount: Decimal! currency: Currency! }
  type Person { id: ID! name: String! secret(key: String!): String old: String @deprecated(reason: "gone") }
  type Asset { name: String! id: ID! price: Money owner: Person tags: [String!]! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type AssetConnection { nodes: [Asset!]! edges: [AssetEdge!]! totalCount: Int! pageInfo: PageInfo! }
  type AssetEdge { node: Asset! cursor: String! }
  type LotConnection { edges: [AssetEdge!]! pageInfo: PageInfo! }
  type Row { owner: Person count: Int! sum: Money }
  type AssetAggregate { rows: [Row!]! asOf: DateTime! }
  input AssetInput {
    idempotencyKey: String! name: String! price: MoneyInput! note: String tags: [String!]! at: DateTime!
  }
  input Key @oneOf { id: ID slug: String }
  type Accepted { asset: Asset } type Refused { minimum: Money! }
  union Outcome = Accepted | Refused
  type AssetCreatePayload { asset: Asset outcome: Outcome! }
  type AssetEvent { cursor: String! sequence: Int! asset: Asset }
  type Query {
    assets(filter: String, first: Int = 20): AssetConnection!
    lots: LotConnection!
    assetAggregate(groupBy: [Currency!]!): AssetAggregate!
    asset(key: Key!): Asset
    person: Person
    serverTime: DateTime!
  }
  type Mutation { assetCreate(input: AssetInput!): AssetCreatePayload! }
  type Subscription { assetChanged(after: String): AssetEvent! }
`);

function build(kind: RootKind, name: string): { query: string; variables: unknown } {
  const operation = rootOperation(schema, kind, name, () => 'key-1');
  if (!operation) throw new Error(`no ${name}`);
  expect(validate(schema, parse(operation.query))).toEqual([]);
  return {
    query: operation.query.replaceAll(/\s+/g, ' ').trim(),
    variables: operation.variables && JSON.parse(operation.variables),
  };
}

describe('rootOperation', () => {
  it('selects the scalars and values of a page, and not its costly total', () => {
    expect(build('QUERY', 'assets')).toEqual({
      query:
        'query Assets { assets { nodes { id name tags price { amount minor currency } } pageInfo { hasNextPage endCursor } } }',
      variables: null,
    });
  });

  it('goes through edges where a connection has no nodes', () => {
    expect(build('QUERY', 'lots').query).toContain('edges { node { id name');
  });

  it('makes variables of required arguments, with values that the scalars accept', () => {
    expect(build('QUERY', 'assetAggregate')).toEqual({
      query:
        'query AssetAggregate($groupBy: [Currency!]!) { assetAggregate(groupBy: $groupBy) { asOf rows { count sum { amount minor currency } } } }',
      variables: { groupBy: ['EUR'] },
    });
  });

  it('fills in the required fields of an input, idempotency key included', () => {
    expect(build('MUTATION', 'assetCreate').variables).toEqual({
      input: {
        idempotencyKey: 'key-1',
        name: '',
        price: { amount: '0', currency: 'EUR' },
        tags: [''],
        at: '2026-01-01T00:00:00.000Z',
      },
    });
  });

  it('looks into a payload and into the members of its outcome', () => {
    const { query } = build('MUTATION', 'assetCreate');
    expect(query).toContain('asset { id name');
    expect(query).toContain('outcome { __typename ... on Accepted { __typename } ... on Refused { minimum {');
  });

  it('gives one field to an input that takes exactly one', () => {
    expect(build('QUERY', 'asset').variables).toEqual({ key: { id: '' } });
  });

  it('leaves out deprecated fields and those that need arguments', () => {
    expect(build('QUERY', 'person').query).toBe('query Person { person { id name } }');
  });

  it('selects a scalar without a selection set, and the scalars of an event', () => {
    expect(build('QUERY', 'serverTime').query).toBe('query ServerTime { serverTime }');
    expect(build('SUBSCRIPTION', 'assetChanged').query).toBe(
      'subscription AssetChanged { assetChanged { sequence cursor } }',
    );
  });

  it('returns null for a root that the schema does not have', () => {
    expect(rootOperation(schema, 'MUTATION', 'assets', () => '')).toBeNull();
  });
});
