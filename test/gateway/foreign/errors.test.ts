import { expect, test } from 'vitest';
import { openForeign, Shop } from './world.ts';

test('errors of foreign subgraphs keep code, message and extensions, without the insides of their servers', async () => {
  await using world = await openForeign(new Shop());
  const { errors } = await world.ask('{ fails(code: "SHELF_EMPTY", inside: true) }');
  expect(errors).toEqual([
    {
      message: 'The shelf is empty.',
      path: ['fails'],
      extensions: { code: 'SHELF_EMPTY', retryable: false, serviceName: 'Products-EU', shelf: { row: 3 } },
    },
  ]);
  const { errors: without } = await world.ask('{ fails }');
  expect(without[0]?.extensions).toMatchObject({ code: 'DOWNSTREAM_SERVICE_ERROR', serviceName: 'Products-EU' });
  const { errors: known, status } = await world.ask('{ fails(code: "UNAUTHENTICATED") }');
  expect([status, known[0]?.message, known[0]?.extensions['code']]).toEqual([
    200,
    'The shelf is empty.',
    'UNAUTHENTICATED',
  ]);
});

test('SUBGRAPH_ERRORS=mask gives clients an incident id, under which the log has the error', async () => {
  await using world = await openForeign(new Shop(), { env: { SUBGRAPH_ERRORS: 'mask' } });
  const { errors } = await world.ask('{ fails(code: "SHELF_EMPTY", inside: true) }');
  const incidentId = errors[0]?.extensions['incidentId'];
  expect(errors).toEqual([
    {
      message: `A subgraph answered an error (incident ${String(incidentId)}).`,
      path: ['fails'],
      extensions: { code: 'INTERNAL', retryable: false, incidentId: expect.any(String) },
    },
  ]);
  const [line] = world.log.filter((each) => each['incidentId'] === incidentId);
  expect(line).toMatchObject({
    message: 'The shelf is empty.',
    subgraph: 'Products-EU',
    extensions: { code: 'SHELF_EMPTY' },
  });
});

test.each(['pass', 'mask'])('a refused subscription of a foreign subgraph is told alike (%s)', async (mode) => {
  await using world = await openForeign(new Shop(), { env: { SUBGRAPH_ERRORS: mode } });
  const stream = world.client().iterate({ query: 'subscription { priceChanged(id: "refused") { price } }' });
  const error = await stream.next().then(
    () => null,
    (thrown: unknown) => (thrown as { message: string; extensions: Record<string, unknown> }[])[0],
  );
  if (mode === 'pass')
    expect(error).toMatchObject({
      message: 'No such price.',
      extensions: { code: 'NO_PRICE', serviceName: 'Products-EU' },
    });
  else expect(error).toMatchObject({ extensions: { code: 'INTERNAL', incidentId: expect.any(String) } });
});

test('a value that is no list of errors is no answer', async () => {
  await using world = await openForeign(new Shop());
  for (const errors of [{ message: 'x' }, 'x', 1]) {
    world.shop.products.instead = (response) => response.end(JSON.stringify({ data: null, errors }));
    const { errors: told } = await world.ask('{ product(id: "p1") { name } }');
    expect(told[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE' });
  }
  world.shop.products.instead = (response) =>
    response.end(JSON.stringify({ data: null, errors: [null, { path: {} }] }));
  const { errors } = await world.ask('{ product(id: "p1") { name } }');
  expect(errors.map(({ message }) => message)).toEqual([
    'Products-EU answered an error without a message.',
    'Products-EU answered an error without a message.',
  ]);
});
