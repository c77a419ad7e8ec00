import { beforeAll, describe, expect, test } from 'vitest';
import { Shape } from './shape.ts';

/* Unions and interfaces of which a subgraph knows only some types, also behind a call for an entity. */

const same = (reference: object): object => reference;
const byTypename = { __resolveType: ({ __typename }: { __typename: string }) => __typename };

async function whole(shape: Shape, query: string, data: unknown): Promise<void> {
  expect(await shape.ask(query)).toEqual({ data, errors: [] });
}

describe('a union of which each subgraph knows other members', () => {
  let shape: Shape;
  beforeAll(async () => {
    const steps = { Step: byTypename };
    shape = await Shape.open({
      maps: {
        sdl: `
          type Query { tour: Tour guide: Guide! tours: [Tour!]! shared: Leg! @shareable }
          type Tour @key(fields: "id") { id: ID! legs: [Leg!]! }
          type Guide @key(fields: "id") { id: ID! name: String }
          type Leg @shareable { steps: [Step!]! }
          union Step = Walk | Ride | Swim
          type Walk @shareable { text: String }
          type Ride { line: String }
          type Swim { metres: Int }`,
        resolvers: {
          Query: {
            tour: () => ({ id: 't' }),
            tours: () => [{ id: 't' }, { id: 'u' }],
            guide: () => ({ id: 'g' }),
            shared: () => ({ steps: [{ __typename: 'Walk', text: 'shared' }] }),
          },
          Tour: {
            __resolveReference: same,
            legs: () => [
              {
                steps: [
                  { __typename: 'Walk', text: 'up' },
                  { __typename: 'Ride', line: '7' },
                  { __typename: 'Swim', metres: 50 },
                ],
              },
            ],
          },
          Guide: { __resolveReference: same, name: () => 'Ann' },
          ...steps,
        },
      },
      guides: {
        sdl: `
          type Query { shared: Leg! @shareable }
          type Guide @key(fields: "id") { id: ID! leg: Leg! legs: [[Leg]] }
          type Tour @key(fields: "id") { id: ID! best: Leg guide: Guide }
          type Leg @shareable { steps: [Step!]! }
          union Step = Walk | Talk
          type Walk @shareable { text: String }
          type Talk { topic: String }`,
        resolvers: {
          Query: { shared: () => ({ steps: [{ __typename: 'Walk', text: 'shared' }] }) },
          Guide: {
            __resolveReference: same,
            leg: () => ({
              steps: [
                { __typename: 'Talk', topic: 'art' },
                { __typename: 'Walk', text: 'on' },
              ],
            }),
            legs: () => [[{ steps: [{ __typename: 'Talk', topic: 'food' }] }, null]],
          },
          Tour: {
            __resolveReference: same,
            best: ({ id }: { id: string }) => (id === 't' ? { steps: [{ __typename: 'Talk', topic: 'best' }] } : null),
            guide: () => ({ id: 'g' }),
          },
          ...steps,
        },
      },
    });
  });
  const all =
    'steps { __typename ... on Walk { text } ... on Ride { line } ... on Swim { metres } ... on Talk { topic } }';

  test('keeps the members that the answering subgraph knows', () =>
    whole(shape, `{ tour { legs { ${all} } } }`, {
      tour: {
        legs: [
          {
            steps: [
              { __typename: 'Walk', text: 'up' },
              { __typename: 'Ride', line: '7' },
              { __typename: 'Swim', metres: 50 },
            ],
          },
        ],
      },
    }));

  test('below a call for an entity those of the subgraph behind it', () =>
    whole(shape, `{ guide { name leg { ${all} } legs { ${all} } } tours { best { ${all} } } }`, {
      guide: {
        name: 'Ann',
        leg: {
          steps: [
            { __typename: 'Talk', topic: 'art' },
            { __typename: 'Walk', text: 'on' },
          ],
        },
        legs: [[{ steps: [{ __typename: 'Talk', topic: 'food' }] }, null]],
      },
      tours: [{ best: { steps: [{ __typename: 'Talk', topic: 'best' }] } }, { best: null }],
    }));

  test('below two calls, and of both sides in one operation', () =>
    whole(shape, `{ tour { guide { leg { ${all} } } legs { steps { ... on Swim { metres } } } } shared { ${all} } }`, {
      tour: {
        guide: {
          leg: {
            steps: [
              { __typename: 'Talk', topic: 'art' },
              { __typename: 'Walk', text: 'on' },
            ],
          },
        },
        legs: [{ steps: [{}, {}, { metres: 50 }] }],
      },
      shared: { steps: [{ __typename: 'Walk', text: 'shared' }] },
    }));

  test('with only members that the other side does not know', () =>
    whole(shape, '{ guide { leg { steps { ... on Ride { line } ... on Swim { metres } } } } }', {
      guide: { leg: { steps: [{}, {}] } },
    }));
});

describe('members whose fields of one name have other types', () => {
  let shape: Shape;
  beforeAll(async () => {
    shape = await Shape.open({
      shelves: {
        sdl: `
          type Query { found: [Found!]! one: Found pairs: [Pair!]! }
          union Found = Film | Disc | Score
          type Pair { found: Found }
          type Film @key(fields: "id") { id: ID! length: Int! by: Person rating: String }
          type Disc @key(fields: "id") { id: ID! length: String by: [Person!] }
          type Score { length: [Float!] by: Firm! }
          type Person @key(fields: "id") { id: ID! name: String! }
          type Firm { id: ID name: [String] }`,
        resolvers: {
          Query: {
            found: () => [{ __typename: 'Film', id: 'f' }, { __typename: 'Disc', id: 'd' }, { __typename: 'Score' }],
            one: () => ({ __typename: 'Disc', id: 'd' }),
            pairs: () => [{ found: { __typename: 'Film', id: 'f' } }, { found: { __typename: 'Disc', id: 'd' } }],
          },
          Found: byTypename,
          Film: {
            __resolveReference: same,
            length: () => 90,
            by: () => ({ id: 'p', name: 'Ann' }),
            rating: () => 'good',
          },
          Disc: { __resolveReference: same, length: () => '45 min', by: () => [{ id: 'q', name: 'Bob' }] },
          Score: { length: () => [1.5], by: () => ({ id: 'firm', name: ['A', 'B'] }) },
          Person: { __resolveReference: same },
        },
      },
      votes: {
        sdl: `
          type Query { votes: Int }
          type Film @key(fields: "id") { id: ID! votes: Int! best: Vote }
          type Disc @key(fields: "id") { id: ID! votes: [Int!]! best: Int }
          type Vote { by: Person }
          type Person @key(fields: "id") { id: ID! born: Int }`,
        resolvers: {
          Film: { __resolveReference: same, votes: () => 3, best: () => ({ by: { id: 'p' } }) },
          Disc: { __resolveReference: same, votes: () => [1, 2], best: () => 9 },
          Person: { __resolveReference: same, born: () => 1970 },
        },
      },
    });
  });

  // GraphQL allows one response key for different types in no way, so each gets its own; the subgraphs' names still conflict.
  test('under aliases of each', () =>
    whole(
      shape,
      `{ found {
        ... on Film { film: length filmBy: by { name born } filmVotes: votes filmBest: best { by { born } } }
        ... on Disc { disc: length discBy: by { name born } discVotes: votes discBest: best }
        ... on Score { score: length scoreBy: by { name } } } }`,
      {
        found: [
          { film: 90, filmBy: { name: 'Ann', born: 1970 }, filmVotes: 3, filmBest: { by: { born: 1970 } } },
          { disc: '45 min', discBy: [{ name: 'Bob', born: 1970 }], discVotes: [1, 2], discBest: 9 },
          { score: [1.5], scoreBy: { name: ['A', 'B'] } },
        ],
      },
    ));

  test('one of them under its own name, and below another object', () =>
    whole(
      shape,
      '{ pairs { found { ... on Film { length votes } ... on Disc { d: length v: votes by { id } } } } one { ... on Disc { votes } } }',
      {
        pairs: [{ found: { length: 90, votes: 3 } }, { found: { d: '45 min', v: [1, 2], by: [{ id: 'q' }] } }],
        one: { votes: [1, 2] },
      },
    ));
});

describe('types that clients do not see', () => {
  let shape: Shape;
  beforeAll(async () => {
    shape = await Shape.open({
      yard: {
        sdl: `
          type Query { yards: [Yard] yard(size: Size = LARGE, by: Order = { first: 2 }): String any: [Thing] }
          enum Size { SMALL LARGE HIDDEN @inaccessible }
          input Order { first: Int = 3 secret: String = "s" @inaccessible }
          interface Thing { id: ID! weight: Int! }
          type Crate implements Thing @key(fields: "id") { id: ID! weight: Int! }
          type Bomb implements Thing @key(fields: "id") @inaccessible { id: ID! weight: Int! fuse: Int }
          type Yard @key(fields: "id") { id: ID! things: [Thing!]! first: Thing secret: Bomb @inaccessible }`,
        resolvers: {
          Query: {
            yards: () => [{ id: 'y' }],
            yard: (_: unknown, given: object) => JSON.stringify(given),
            any: () => [
              { __typename: 'Crate', id: 'c', weight: 1 },
              { __typename: 'Bomb', id: 'b', weight: 2 },
            ],
          },
          Thing: byTypename,
          Crate: { __resolveReference: same, weight: () => 1 },
          Bomb: { __resolveReference: same, weight: () => 2, fuse: () => 9 },
          Yard: {
            __resolveReference: same,
            things: () => [
              { __typename: 'Crate', id: 'c' },
              { __typename: 'Bomb', id: 'b' },
            ],
            first: () => ({ __typename: 'Bomb', id: 'b' }),
            secret: () => ({ id: 'b' }),
          },
        },
      },
      scale: {
        sdl: `
          type Query { scales: Int }
          interface Thing { id: ID! weight: Int! }
          type Crate implements Thing @key(fields: "id") { id: ID! weight: Int! @external }
          type Bomb implements Thing @key(fields: "id") @inaccessible { id: ID! weight: Int! @external fuse: Int @external }
          type Yard @key(fields: "id") { id: ID! things: [Thing!]! @external first: Thing @external
            secret: Bomb @external
            load: Int @requires(fields: "things { weight ... on Bomb { fuse } }")
            danger: String @requires(fields: "first { id weight } secret { fuse }") }`,
        resolvers: {
          Thing: byTypename,
          Yard: {
            __resolveReference: same,
            load: ({ things }: { things: { weight: number; fuse?: number }[] }) =>
              things.reduce((sum, { weight, fuse = 0 }) => sum + weight + fuse, 0),
            danger: ({ first, secret }: { first: object; secret: object }) => JSON.stringify([first, secret]),
          },
        },
      },
    });
  });

  test('are required with their fields', async () => {
    const { data, errors } = await shape.ask('{ yards { id load danger } }');
    expect([data, errors]).toMatchObject([{ yards: [{ id: 'y', load: 12 }] }, []]);
    const [first, secret] = JSON.parse((data as { yards: { danger: string }[] }).yards[0]?.danger ?? '') as object[];
    expect([first, secret]).toEqual([{ id: 'b', weight: 2 }, { fuse: 9 }]);
  });

  test('are null with an error where a client meets them, also beside what requires them', async () => {
    const { data, errors } = await shape.ask(
      '{ yards { load things { id } first { weight } } any { __typename weight } }',
    );
    expect(data).toEqual({ yards: [null], any: [{ __typename: 'Crate', weight: 1 }, null] });
    expect(errors.map(({ path }) => path)).toEqual(expect.arrayContaining(['yards.0.things.1', 'any.1']));
    expect(JSON.stringify([data, errors])).not.toMatch(/Bomb|fuse/);
  });

  test('defaults of arguments are those that clients may give', async () => {
    await whole(shape, '{ yard }', { yard: '{"size":"LARGE","by":{"first":2,"secret":"s"}}' });
    await whole(shape, '{ yard(size: SMALL, by: {}) }', { yard: '{"size":"SMALL","by":{"first":3,"secret":"s"}}' });
    await expect(shape.ask('{ yard(size: HIDDEN) }')).rejects.toThrow(/HIDDEN/);
    await expect(shape.ask('{ yard(by: { secret: "x" }) }')).rejects.toThrow(/secret/);
  });
});
