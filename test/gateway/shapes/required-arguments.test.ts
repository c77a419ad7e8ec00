import { GraphQLError } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { Shape } from './shape.ts';

/*
 * `@requires` of fields with arguments: the planner does not compare arguments, so each such field is one of its own in the planner's
 * supergraph. A shop of three subgraphs: parcels know their weight in any unit, and shipping requires it in two.
 */

const weights: Record<string, number> = { p1: 2, p2: 5 };
const id = ({ id }: { id: string }): object => ({ id });
const weighed = ({ id }: { id: string }, { unit }: { unit?: string }): number => {
  if (id === 'p3') throw new GraphQLError('The scales are broken.');
  return (weights[id] ?? 0) * (unit === 'G' ? 1_000 : 1);
};

let shop: Shape;
beforeAll(async () => {
  shop = await Shape.open({
    parcels: {
      sdl: `
        type Query { parcels: [Parcel!]! parcel(id: ID!): Parcel things: [Thing!]! }
        type Mutation { parcelSend(id: ID!): Parcel }
        interface Thing @key(fields: "id") { id: ID! label(lang: String): String }
        type Parcel @key(fields: "id") {
          id: ID! weight(unit: String = "KG"): Int stops(first: Int): [Stop!] box: Thing
        }
        type Stop { town: String post(lang: String): String }
        type Box implements Thing @key(fields: "id") { id: ID! label(lang: String): String }
        type Bag implements Thing @key(fields: "id") { id: ID! label(lang: String): String }`,
      resolvers: {
        Query: {
          parcels: () => [{ id: 'p1' }, { id: 'p2' }],
          parcel: (_: unknown, { id }: { id: string }) => ({ id }),
          things: () => [
            { __typename: 'Box', id: 'b1' },
            { __typename: 'Bag', id: 'b2' },
          ],
        },
        Mutation: { parcelSend: (_: unknown, { id }: { id: string }) => ({ id }) },
        Parcel: {
          __resolveReference: id,
          weight: weighed,
          stops: ({ id }: { id: string }, { first }: { first?: number }) =>
            ['Bern', 'Rome', 'Oslo'].slice(0, first ?? 3).map((town) => ({ town: `${town} of ${id}` })),
          box: ({ id }: { id: string }) => ({ __typename: id === 'p1' ? 'Box' : 'Bag', id: `b-${id}` }),
        },
        Stop: { post: ({ town }: { town: string }, { lang }: { lang?: string }) => `${town} in ${lang}` },
        Thing: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
        Box: {
          __resolveReference: id,
          label: ({ id }: { id: string }, { lang }: { lang?: string }) => `box ${id} ${lang}`,
        },
        Bag: {
          __resolveReference: id,
          label: ({ id }: { id: string }, { lang }: { lang?: string }) => `bag ${id} ${lang}`,
        },
      },
    },
    shipping: {
      sdl: `
        type Parcel @key(fields: "id") {
          id: ID!
          weight(unit: String = "KG"): Int @external
          stops(first: Int): [Stop!] @external
          box: Thing @external
          grams: Int @requires(fields: "weight(unit: \\"G\\")")
          kilos: Int @requires(fields: "weight(unit: \\"KG\\")")
          plain(by: Int!): Int @requires(fields: "weight")
          route: String @requires(fields: "stops(first: 2) { town post(lang: \\"la\\") }")
          sticker: String @requires(fields: "box { label(lang: \\"de\\") }")
          stickerOfBox: String @requires(fields: "box { ... on Box { label(lang: \\"fr\\") } ... on Bag { label(lang: \\"it\\") } }")
        }
        type Stop { town: String @external post(lang: String): String @external }
        interface Thing { label(lang: String): String }
        type Box implements Thing @key(fields: "id") { id: ID! label(lang: String): String @external
          tag: String @requires(fields: "label(lang: \\"en\\")") shout: String @requires(fields: "label(lang: \\"EN\\")") }
        type Bag implements Thing @key(fields: "id") { id: ID! label(lang: String): String @external
          tag: String @requires(fields: "label(lang: \\"en\\")") }`,
      resolvers: {
        Thing: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
        Parcel: {
          grams: ({ weight }: { weight: number }) => weight,
          kilos: ({ weight }: { weight: number }) => weight,
          plain: ({ weight }: { weight: number }, { by }: { by: number }) => weight * by,
          route: ({ stops }: { stops: { town: string; post: string }[] }) =>
            stops.map(({ town, post }) => `${town} (${post})`).join(' > '),
          sticker: ({ box }: { box: { label: string } }) => box.label,
          stickerOfBox: ({ box }: { box: { label: string } }) => box.label,
        },
        Box: {
          tag: ({ label }: { label: string }) => `<${label}>`,
          shout: ({ label }: { label: string }) => `${label}!`,
        },
        Bag: { tag: ({ label }: { label: string }) => `<${label}>` },
      },
    },
    prices: {
      sdl: `
        type Parcel @key(fields: "id") { id: ID! grams: Int @external price: Int @requires(fields: "grams") }
        type Thing @key(fields: "id") @interfaceObject { id: ID! label(lang: String): String @external
          code: String @requires(fields: "label(lang: \\"x\\")") other: String @requires(fields: "label(lang: \\"y\\")") }`,
      resolvers: {
        Parcel: { price: ({ grams }: { grams: number }) => grams * 2 },
        Thing: {
          code: ({ label }: { label: string }) => `code of ${label}`,
          other: ({ label }: { label: string }) => label,
        },
      },
    },
  });
});

const asked = async (query: string, variables = {}): Promise<unknown> => {
  const { data, errors } = await shop.ask(query, variables);
  expect(errors).toEqual([]);
  return data;
};
const ofShipping = (): string[] => shop.calls.filter((call) => call.startsWith('shipping'));

describe('the required field', () => {
  test.each([
    [
      'a default where no argument is written',
      '{ parcels { plain(by: 3) } }',
      { parcels: [{ plain: 6 }, { plain: 15 }] },
    ],
    ['its argument', '{ parcels { grams } }', { parcels: [{ grams: 2_000 }, { grams: 5_000 }] }],
    [
      'arguments at two depths',
      '{ parcel(id: "p1") { route } }',
      { parcel: { route: 'Bern of p1 (Bern of p1 in la) > Rome of p1 (Rome of p1 in la)' } },
    ],
    ['one through a chain', '{ parcels { price } }', { parcels: [{ price: 4_000 }, { price: 10_000 }] }],
    [
      'one of an interface',
      '{ parcels { sticker } }',
      { parcels: [{ sticker: 'box b-p1 de' }, { sticker: 'bag b-p2 de' }] },
    ],
    [
      'others by type of an interface',
      '{ parcels { stickerOfBox } }',
      { parcels: [{ stickerOfBox: 'box b-p1 fr' }, { stickerOfBox: 'bag b-p2 it' }] },
    ],
    [
      'after a mutation',
      'mutation { parcelSend(id: "p2") { grams weight } }',
      { parcelSend: { grams: 5_000, weight: 5 } },
    ],
  ])('gets %s', async (_name, query, data) => {
    expect(await asked(query)).toEqual(data);
    expect(ofShipping()).toHaveLength(1);
  });

  test('can be required by implementations and interface objects', async () => {
    expect(await asked('{ things { __typename id code ... on Box { tag } ... on Bag { tag } } }')).toEqual({
      things: [
        { __typename: 'Box', id: 'b1', code: 'code of box b1 x', tag: '<box b1 en>' },
        { __typename: 'Bag', id: 'b2', code: 'code of bag b2 x', tag: '<bag b2 en>' },
      ],
    });
  });
});

describe('fields that require it with different arguments', () => {
  test('are answered by one call each', async () => {
    expect(await asked('{ parcels { kilos g: grams plain(by: 2) } }')).toEqual({
      parcels: [
        { kilos: 2, g: 2_000, plain: 4 },
        { kilos: 5, g: 5_000, plain: 10 },
      ],
    });
    expect(ofShipping()).toHaveLength(3);
  });

  test('keep their own variables in the calls', async () => {
    const query = 'query ($by: Int!) { parcels { grams ...P } } fragment P on Parcel { kilos plain(by: $by) }';
    expect(await asked(query, { by: 7 })).toEqual({
      parcels: [
        { grams: 2_000, kilos: 2, plain: 14 },
        { grams: 5_000, kilos: 5, plain: 35 },
      ],
    });
    expect(ofShipping().filter((call) => call.includes('$by'))).toHaveLength(1);
  });

  test('need no second call where their places differ', async () => {
    expect(await asked('{ parcel(id: "p1") { grams route sticker } }')).toEqual({
      parcel: {
        grams: 2_000,
        route: 'Bern of p1 (Bern of p1 in la) > Rome of p1 (Rome of p1 in la)',
        sticker: 'box b-p1 de',
      },
    });
    expect(ofShipping()).toHaveLength(1);
  });

  test('are split below an interface and in an interface object', async () => {
    expect(await asked('{ parcels { sticker stickerOfBox } things { code other ... on Box { tag shout } } }')).toEqual({
      parcels: [
        { sticker: 'box b-p1 de', stickerOfBox: 'box b-p1 fr' },
        { sticker: 'bag b-p2 de', stickerOfBox: 'bag b-p2 it' },
      ],
      things: [
        { code: 'code of box b1 x', other: 'box b1 y', tag: '<box b1 en>', shout: 'box b1 EN!' },
        { code: 'code of bag b2 x', other: 'bag b2 y' },
      ],
    });
  });
});

describe("the client's own selection of the field", () => {
  test.each([
    ['with arguments', '{ parcels { grams weight(unit: "KG") } }', [2, 5]],
    ['with variables', 'query ($unit: String) { parcels { weight(unit: $unit) grams kilos } }', [2_000, 5_000]],
    [
      'in two fragments',
      '{ parcels { ...A ...B } } fragment A on Parcel { weight grams } fragment B on Parcel { weight }',
      [2, 5],
    ],
    ['beside an equal requirement', '{ parcels { weight plain(by: 1) } }', [2, 5]],
  ])('keeps its answer %s', async (_name, query, weights) => {
    const data = (await asked(query, { unit: 'G' })) as { parcels: { weight: number }[] };
    expect(data.parcels.map(({ weight }) => weight)).toEqual(weights);
  });

  test('keeps the length of a list', async () => {
    expect(await asked('{ parcel(id: "p2") { route stops(first: 1) { town post(lang: "en") } } }')).toEqual({
      parcel: {
        route: 'Bern of p2 (Bern of p2 in la) > Rome of p2 (Rome of p2 in la)',
        stops: [{ town: 'Bern of p2', post: 'Bern of p2 in en' }],
      },
    });
  });

  test('may use the names that the planner has for it as aliases', async () => {
    const aliases = Array.from({ length: 12 }, (_, n) => `weight_required_${n}: id`).join(' ');
    const { parcel } = (await asked(`{ parcel(id: "p1") { grams kilos ${aliases} } }`)) as { parcel: object };
    expect(parcel).toEqual({
      grams: 2_000,
      kilos: 2,
      ...Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`weight_required_${n}`, 'p1'])),
    });
  });

  test('cannot use these names as fields', async () => {
    await expect(shop.ask('{ parcels { weight_required_0 } }')).rejects.toThrow(/Cannot query field/);
  });
});

describe('an error of the required field', () => {
  test('belongs to the fields that require it', async () => {
    const { data, errors } = await shop.ask('{ parcel(id: "p3") { id g: grams kilos } }');
    expect(data).toEqual({ parcel: { id: 'p3', g: null, kilos: null } });
    // The subgraph answers both in one call, in any order.
    expect(errors.toSorted((a, b) => ((a.path ?? '') < (b.path ?? '') ? -1 : 1))).toEqual([
      { message: 'The scales are broken.', path: 'parcel.g' },
      { message: 'The scales are broken.', path: 'parcel.kilos' },
    ]);
  });

  test("is apart from that of the client's selection", async () => {
    const { data, errors } = await shop.ask('{ parcel(id: "p3") { weight grams } }');
    expect(data).toEqual({ parcel: { weight: null, grams: null } });
    expect(new Set(errors.map(({ path }) => path))).toEqual(new Set(['parcel.grams', 'parcel.weight']));
  });
});
