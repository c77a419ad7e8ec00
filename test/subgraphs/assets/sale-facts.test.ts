import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openDatabase, type Database } from '../../../platform/database/database.ts';
import { fact, type FactType } from '../../../platform/facts/fact.ts';
import { readFacts } from '../../../platform/facts/log.ts';
import { on } from '../../../platform/facts/reactions.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { openHouse, type House } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { releaseFrom, reserveFor, sellTo } from '../../../subgraphs/assets/sale/sale.service.ts';
import { assetsSubgraph } from '../../../subgraphs/assets/subgraph.ts';
import { infoOf, user } from '../../platform/fixtures/world.ts';

/** The facts of an OS that sells. */
const listed = fact(
  'market.listing.created',
  'Something was listed.',
  z.object({ assetId: z.string(), saleId: z.string(), sellerId: z.string() }),
);
const ended = fact(
  'market.listing.ended',
  'A listing ended without a buyer.',
  z.object({ assetId: z.string(), saleId: z.string() }),
);
const bought = fact(
  'market.listing.bought',
  'What was listed was bought.',
  z.object({ assetId: z.string(), saleId: z.string(), buyerId: z.string() }),
);

const ann = user(newId('usr'));
const bea = user(newId('usr'));
let database: Database;
let house: House;
beforeAll(async () => {
  database = await openDatabase({ inMemory: true });
  house = await openHouse({
    subgraphs: [
      {
        ...assetsSubgraph,
        reactions: [
          on([listed], 'reserve', async (tx, { payload }) => void (await reserveFor(tx, payload))),
          on([ended], 'release', (tx, { payload }) => releaseFrom(tx, payload)),
          on([bought], 'sell', (tx, { payload }) => sellTo(tx, payload)),
        ],
      },
    ],
    database,
    secrets: { sealingKey: new Uint8Array(32) },
    log: createLog({ level: 'silent' }),
    migrate: true,
  });
}, 60_000);
afterAll(async () => {
  await house.close();
  await database.close();
});

async function ask(query: string, variables: Record<string, unknown> = {}, actor = ann) {
  const result = await house.services[0]?.execute({ query, variables, info: infoOf(actor) });
  return { data: result?.data as ReturnType<typeof JSON.parse>, code: result?.errors?.[0]?.extensions['code'] };
}

/** Facts of the other OS, on behalf of its seller. */
async function tell<P>(type: FactType<P>, payload: P & { saleId: string }): Promise<void> {
  await database.query(
    `insert into facts.log (id, os, type, v, key, key_seq, at, actor, universe_id, correlation_id, payload)
     values ($1, 'market', $2, 1, $3, (select count(*) + 1 from facts.log where key = $3), now(), $4, 'main', $1, $5)`,
    [newId('fct'), type.type, payload.saleId, ann.id, JSON.stringify(type.payload.parse(payload))],
  );
  house.hub.committed();
  await house.settled();
}

async function published(): Promise<string> {
  const { data } = await ask('mutation { assetCreate(input: { title: "A", kind: ART }) { asset { id } } }');
  const { id } = data.assetCreate.asset;
  await ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id });
  return id as string;
}
const stateOf = async (id: string) =>
  (await ask('query ($id: ID!) { asset(id: $id) { status saleId owner { id } } }', { id })).data.asset;
const toldOf = async (key: string) =>
  (await readFacts(database, { after: 0n, limit: 1000 }))
    .filter((each) => each.key === key)
    .map(({ type, payload }) =>
      `${type.replace('assets.asset.', '')} ${(payload as { reason?: string }).reason ?? ''}`.trim(),
    );

test('a listing reserves, a second one is refused by a fact, and the buyer of the first is the owner', async () => {
  const assetId = await published();
  const [first, second] = [newId('lst'), newId('lst')];
  const sellerId = ann.id ?? '';
  await tell(listed, { assetId, saleId: first, sellerId });
  await tell(listed, { assetId, saleId: second, sellerId });
  expect(await stateOf(assetId)).toEqual({ status: 'ON_SALE', saleId: first, owner: { id: ann.id } });
  // A sale by another OS can be ended here only by an operator.
  const release = 'mutation ($id: ID!) { assetRelease(input: { assetId: $id }) { asset { status } } }';
  expect((await ask(release, { id: assetId })).code).toBe('FORBIDDEN');
  await tell(ended, { assetId, saleId: second });
  await tell(bought, { assetId, saleId: second, buyerId: sellerId });
  expect((await stateOf(assetId)).status).toBe('ON_SALE');
  await tell(bought, { assetId, saleId: first, buyerId: bea.id ?? '' });
  expect(await stateOf(assetId)).toEqual({ status: 'SOLD', saleId: first, owner: { id: bea.id } });
  expect(await toldOf(assetId)).toEqual([
    'created',
    'published',
    'reserved',
    'reservationRefused ON_SALE_ELSEWHERE',
    'sold',
    'transferred',
  ]);
});

test('the end of a listing releases the asset, which can be listed again', async () => {
  const assetId = await published();
  const sellerId = ann.id ?? '';
  for (const saleId of [newId('lst'), newId('auc')]) {
    await tell(listed, { assetId, saleId, sellerId });
    expect(await stateOf(assetId)).toMatchObject({ status: 'ON_SALE', saleId });
    await tell(ended, { assetId, saleId });
    expect(await stateOf(assetId)).toMatchObject({ status: 'PUBLISHED', saleId: null });
  }
});

test('a refused reservation is published with its reason, and nothing is parked', async () => {
  const assetId = await published();
  const draft = (await ask('mutation { assetCreate(input: { title: "D", kind: ART }) { asset { id } } }')).data
    .assetCreate.asset.id;
  const nowhere = newId('ast');
  const sellerId = ann.id ?? '';
  await tell(listed, { assetId: nowhere, saleId: newId('lst'), sellerId });
  await tell(listed, { assetId, saleId: newId('lst'), sellerId: bea.id ?? '' });
  await tell(listed, { assetId: draft, saleId: newId('lst'), sellerId });
  expect(await toldOf(nowhere)).toEqual(['reservationRefused NOT_FOUND']);
  expect((await toldOf(assetId)).at(-1)).toBe('reservationRefused NOT_OWNER');
  expect((await toldOf(draft)).at(-1)).toBe('reservationRefused NOT_PUBLISHED');
  expect(await database.query('select 1 from facts.parked')).toEqual([]);
});
