import { expect, test } from 'vitest';
import { IssuerServer } from './issuer-server.ts';
import { PlainSubgraph } from './subgraph.ts';
import { bearer, refused } from './viewers.ts';
import { openForeign, type ForeignOptions } from './world.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated"])';

/** What older compositions accept: guards of interfaces, and fields that require a guarded one without a guard of their own. */
class Parcels {
  readonly goods = new PlainSubgraph(
    'goods',
    `${link}
    type Query { parcel: Parcel! lists: [Listed!]! one: Any other: String @authenticated }
    union Any = Parcel | Crate
    interface Listed { id: ID! owner: String }
    interface Kept { id: ID! shelf: String }
    type Parcel implements Listed @key(fields: "id") { id: ID! owner: String weight: Int size: Size }
    type Letter implements Listed @key(fields: "id") { id: ID! owner: String }
    type Crate implements Kept { id: ID! shelf: String }
    type Size { width: Int }`,
    {
      Query: {
        parcel: () => ({ id: 'p' }),
        lists: () => [
          { __typename: 'Parcel', id: 'p' },
          { __typename: 'Letter', id: 'l' },
        ],
        one: () => ({ __typename: 'Crate', id: 'c' }),
      },
      Listed: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
      Any: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
      Parcel: {
        __resolveReference: () => ({ id: 'p' }),
        owner: () => 'Ann',
        weight: () => 7,
        size: () => ({ width: 3 }),
      },
      Letter: { owner: () => 'Ann' },
      Crate: { shelf: () => 'top' },
    },
  );
  readonly post = new PlainSubgraph(
    'post',
    `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])
    type Parcel @key(fields: "id") {
      id: ID! weight: Int @external size: Size @external
      price: Int @requires(fields: "weight") label: String @requires(fields: "size { width }") free: String }
    type Size { width: Int @external }`,
    {
      Parcel: {
        __resolveReference: (reference: object) => reference,
        price: ({ weight }: { weight: number }) => weight * 2,
        label: ({ size }: { size: { width: number } }) => `w${size.width}`,
        free: () => 'free',
      },
    },
  );
  readonly tolls = new PlainSubgraph(
    'tolls',
    `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])
    type Parcel @key(fields: "id") { id: ID! price: Int @external tax: Int @requires(fields: "price") }`,
    {
      Parcel: {
        __resolveReference: (reference: object) => reference,
        tax: ({ price }: { price: number }) => price / 2,
      },
    },
  );
  readonly all = [this.goods, this.post, this.tolls];
}

const guardedLines =
  (...lines: [RegExp, string][]): NonNullable<ForeignOptions['changed']> =>
  (sdl) =>
    lines.reduce((text, [line, by]) => {
      if (!line.test(text)) throw new Error(`No line ${String(line)} in:\n${text}`);
      return text.replace(line, by);
    }, sdl);

test('what only an interface guards is also refused to fragments on its types', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await openForeign(new Parcels(), {
    env: issuer.env,
    changed: guardedLines(
      [/(interface Listed[^}]*owner: String)/, '$1 @authenticated'],
      [/(interface Kept\b[^{]*)\{/, '$1 @authenticated {'],
    ),
  });
  const query = `{ lists { id ... on Parcel { owner } ...L } one { __typename ... on Crate { id shelf } } }
    fragment L on Letter { mine: owner }`;
  const { data, errors } = await world.ask(query);
  expect(data).toEqual({
    lists: [
      { id: 'p', owner: null },
      { id: 'l', mine: null },
    ],
    one: null,
  });
  expect(errors).toEqual(refused('lists.owner', 'lists.mine', 'one.id', 'one.shelf'));
  expect(world.shop.goods.operations.map(({ query: asked }) => asked).join()).not.toMatch(/owner|shelf/);
  const signedIn = await world.ask(query, { headers: await bearer(issuer, {}) });
  expect(signedIn).toMatchObject({
    data: {
      lists: [
        { id: 'p', owner: 'Ann' },
        { id: 'l', mine: 'Ann' },
      ],
      one: { __typename: 'Crate', id: 'c', shelf: 'top' },
    },
    errors: [],
  });
});

test('what is computed of a guarded field is for those who may see that field', async () => {
  await using issuer = await IssuerServer.open();
  await using world = await openForeign(new Parcels(), {
    env: issuer.env,
    changed: guardedLines(
      [/(type Parcel[^}]*weight: Int[^\n]*)/, '$1 @authenticated'],
      [/(type Size[^}]*width: Int[^\n]*)/, '$1 @authenticated'],
    ),
  });
  const query = '{ parcel { id price label tax free } }';
  const { data, errors } = await world.ask(query);
  expect(data).toEqual({ parcel: { id: 'p', price: null, label: null, tax: null, free: 'free' } });
  expect(errors).toEqual(refused('parcel.price', 'parcel.label', 'parcel.tax'));
  expect(world.shop.goods.operations.map(({ query: asked }) => asked).join()).not.toMatch(/weight|width/);
  expect(await world.ask(query, { headers: await bearer(issuer, {}) })).toMatchObject({
    data: { parcel: { id: 'p', price: 14, label: 'w3', tax: 7, free: 'free' } },
    errors: [],
  });
});
