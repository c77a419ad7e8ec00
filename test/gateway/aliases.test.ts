import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world/world.ts';

describe.each(['own', 'apollo'] as const)('aliases equal to key names, with the %s executor', (executor) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ executor });
  });
  afterAll(() => world.close());

  const asset = { title: 'Asset ast_1', owner: 'Name of usr_o' };
  test.each([
    [
      'beside a field of another subgraph',
      '{ auction(id: "auc_1") { id: title asset { name } } }',
      { auction: { id: 'Auction auc_1', asset: { name: asset.title } } },
    ],
    [
      'on an entity that another subgraph extends',
      '{ asset(id: "ast_1") { id: name lot } }',
      { asset: { id: asset.title, lot: 'Lot of ast_1' } },
    ],
    [
      'on an entity that another subgraph extends, beside the key under another alias',
      '{ user(id: "usr_o") { id: displayName ... on User { uid: id } bidderNumber } }',
      { user: { id: asset.owner, uid: 'usr_o', bidderNumber: 'Number of usr_o' } },
    ],
    [
      'on the entity whose key is required',
      '{ auction(id: "auc_1") { asset { id: name owner { id: displayName uid: id bidderNumber } } } }',
      {
        auction: {
          asset: { id: asset.title, owner: { id: asset.owner, uid: 'usr_o', bidderNumber: 'Number of usr_o' } },
        },
      },
    ],
    [
      'beside the key under another alias',
      '{ user(id: "usr_o") { id: displayName ... on User { key: id } } }',
      { user: { id: asset.owner, key: 'usr_o' } },
    ],
    [
      'as __typename',
      '{ auction(id: "auc_1") { __typename: title type: __typename asset { __typename: name } } }',
      { auction: { __typename: 'Auction auc_1', type: 'Auction', asset: { __typename: asset.title } } },
    ],
    [
      'in fragments, merged',
      'query { auction(id: "auc_1") { ...A ...B } } fragment A on Auction { asset { id: name } } fragment B on Auction { asset { id: name owner { displayName } } }',
      { auction: { asset: { id: asset.title, owner: { displayName: asset.owner } } } },
    ],
    [
      'in lists',
      '{ id: auctions(first: 2) { nodes { id: title asset { id: name } } } }',
      {
        id: {
          nodes: [0, 1].map((n) => ({
            id: `Auction auc_${n}`,
            asset: { id: `Asset ast_auc_${n}`.replace('auc_', '') },
          })),
        },
      },
    ],
    [
      'with the replacement alias',
      '{ auction(id: "auc_1") { ensembleAlias_id: title id: title } }',
      { auction: { ensembleAlias_id: 'Auction auc_1', id: 'Auction auc_1' } },
    ],
    ['of introspection', '{ __type(name: "Level") { id: kind } }', { __type: { id: 'ENUM' } }],
  ])('%s are answered correctly', async (_where, query, data) => {
    const answer = await world.ask(query);
    expect(answer.errors).toEqual([]);
    expect(answer.data).toEqual(data);
  });

  test('work in the payload of a mutation', async () => {
    const answer = await world.ask(
      'mutation { id: bidPlace(input: { auctionId: "auc_1", amount: "3.00" }) { id: amount bidder { id: bidderNumber displayName } } }',
    );
    expect(answer.data).toEqual({
      id: { id: '3.00', bidder: { id: 'Number of usr_b', displayName: 'Name of usr_b' } },
    });
  });

  test('work in events', async () => {
    const live = world.listen(
      'subscription { id: bidPlaced { id: cursor auction { id: title asset { id: lot name } } } }',
    );
    await expect.poll(() => world.auctions.service.streams).toBe(1);
    world.auctions.bid();
    await expect.poll(() => live.events).toHaveLength(1);
    expect(live.events[0]).toEqual({
      id: {
        id: expect.stringMatching(/^c\d+$/) as string,
        auction: { id: 'Auction auc_1', asset: { id: 'Lot of ast_1', name: asset.title } },
      },
    });
    live.stop();
    await expect.poll(() => world.auctions.service.streams).toBe(0);
  });

  test('appear in the path of an error', async () => {
    const answer = await world.ask('{ id: fails }');
    expect(answer.errors[0]?.path).toEqual(['id']);
    world.assets.away = true;
    const inside = await world.ask('{ auction(id: "auc_1") { id: title asset { id: name } } }');
    world.assets.away = false;
    expect(inside.data).toEqual({ auction: { id: 'Auction auc_1', asset: { id: null } } });
    expect(inside.errors[0]?.extensions['code']).toBe('UNAVAILABLE');
  });
});

test.each(['own', 'apollo'] as const)(
  'other operations of the document cost nothing, however far their fragments would expand (%s)',
  async (executor) => {
    await using world = await openWorld({ executor });
    const bombs = Array.from({ length: 40 }, (_, n) => `fragment F${n} on Auction { ...F${n + 1} ...F${n + 1} }`);
    const query = `query Small { auction(id: "auc_1") { id: title asset { name } } }
      query Large { auction(id: "auc_1") { ...F0 } } ${bombs.join('\n')} fragment F40 on Auction { id: title }`;
    const { data, errors } = await world.ask(query, { operationName: 'Small' });
    expect([errors, data]).toEqual([[], { auction: { id: 'Auction auc_1', asset: { name: 'Asset ast_1' } } }]);
    expect((await world.ask(query, { operationName: 'Large' })).errors[0]?.extensions).toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  },
);
