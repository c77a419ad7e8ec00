import { expect, test } from 'vitest';
import { openWorld, until, type World } from './world/world.ts';

const page = '{ auctions(first: 2) { nodes { id title asset { name } } } }';

/** Makes the auction subgraph answer more auctions than requested. */
function exaggerate(world: World, rows: number, title = 'A'): void {
  const { service } = world.auctions;
  const execute = service.execute.bind(service);
  service.execute = async (request) => {
    const result = await execute(request);
    const auctions = (result.data as { auctions?: { nodes: Record<string, unknown>[] } } | undefined)?.auctions;
    const [first] = auctions?.nodes ?? [];
    if (!auctions || !first) return result;
    const nodes = Array.from({ length: rows }, (_, n) => ({
      ...first,
      title,
      asset: { __typename: 'Asset', id: `ast_${n}` },
    }));
    return { ...result, data: { auctions: { ...auctions, nodes } } };
  };
}

test.each(['own', 'apollo'] as const)(
  'a subgraph that answers more objects than declared ends the query, and no other is called (%s)',
  async (executor) => {
    await using world = await openWorld({ executor, env: { LIMITS: 'anonymous.objects=500' } });
    exaggerate(world, 1_000);
    const { data, errors } = await world.ask(page);
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: 'objects',
      allowed: 500,
      retryable: false,
    });
    expect(errors[0]?.message).toMatch(/ended while it ran: more than 500 objects/);
    expect(world.assets.executed).toBe(0);
  },
);

test('a subgraph that answers too many bytes ends the query', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.answer=100000' } });
  exaggerate(world, 2, 'é'.repeat(600_000));
  const { data, errors } = await world.ask(page);
  expect([data, errors.map(({ extensions }) => extensions['limit'])]).toEqual([null, ['answer']]);
  expect(world.assets.executed).toBe(0);
});

test('representations count before they are sent', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.objects=1300' } });
  // 1 connection, 400 auctions and their 400 references: the 400 representations of these are within, 600 are not.
  exaggerate(world, 400);
  expect((await world.ask(page)).errors.map(({ extensions }) => extensions['limit'])).toEqual(['objects']);
  expect(world.assets.executed).toBe(1);
  exaggerate(world, 600);
  expect((await world.ask(page)).errors.map(({ extensions }) => extensions['limit'])).toEqual(['objects']);
  expect(world.assets.executed).toBe(1);
});

test('a completed mutation keeps its answer', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.objects=1' } });
  const { data, errors } = await world.ask(
    'mutation { bidPlace(input: { auctionId: "auc_1", amount: "5.00" }) { amount bidder { displayName } } }',
  );
  expect(data).toEqual({ bidPlace: { amount: '5.00', bidder: { displayName: null } } });
  expect(errors.map(({ extensions }) => extensions['code'])).toEqual(['LIMIT_EXCEEDED']);
});

test('each event of a stream has its own budget', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.objects=3' } });
  const listening = world.listen(
    'subscription { bidPlaced { cursor auction { title asset { name owner { displayName } } } } }',
  );
  await until(() => world.auctions.service.streams === 1);
  world.auctions.bid();
  world.auctions.bid();
  await until(() => listening.results.length === 2);
  // One for each field that is missing.
  for (const { errors } of listening.results)
    expect([...new Set(errors?.map(({ extensions }) => extensions['code']))]).toEqual(['LIMIT_EXCEEDED']);
  expect(listening.closed).toBeNull();
});

test('the error for an oversized mutation answer says that the mutation was executed', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.answer=1000' } });
  const place = 'mutation ($a: String!) { bidPlace(input: { auctionId: "auc_1", amount: $a }) { amount } }';
  world.auctions.service.answers = ({ query }) =>
    query.includes('bidPlace') ? { data: { bidPlace: { amount: '9'.repeat(2_000_000) } } } : null;
  const { errors } = await world.ask(place, { variables: { a: '1' } });
  expect(errors[0]).toMatchObject({
    message: expect.stringContaining('The mutation was executed') as string,
    extensions: { code: 'LIMIT_EXCEEDED', limit: 'answer', allowed: 1000, retryable: false },
  });
});
