import { afterAll, beforeAll, expect, test } from 'vitest';
import { halfEven } from '../../../platform/nouns/figures.ts';
import type { Answer } from '../../testkit/client.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bid, end, openLot } from './lots.ts';

let world: World;
let ann: Person;
let bob: Person;
let cleo: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Fund' });
  cleo = await world.signUp({ displayName: 'Cleo' });
});
afterAll(() => world.close());

const euro = (amount: string) => ({ amount, currency: 'EUR' });
const figures = (name: string) =>
  ['Sum', 'Min', 'Max', 'Average'].map((kind) => `${name}${kind} { minor amount currency }`).join(' ');
const bidRows = async (groupBy: string, more = '') =>
  (
    await world.anonymous.ask(
      `{ bidAggregate(groupBy: [${groupBy}] ${more}) { rows { count bidder { id } currency ${figures('amount')} } } }`,
    )
  ).bidAggregate.rows as Answer[];

/** The expected figures, computed from amounts in minor units. */
function folded(name: string, amounts: readonly bigint[], currency: string): Record<string, unknown> {
  const sum = amounts.reduce((a, b) => a + b, 0n);
  const of = (minor: bigint) => expect.objectContaining({ minor: String(minor), currency });
  return {
    [`${name}Sum`]: of(sum),
    [`${name}Min`]: of(amounts.reduce((a, b) => (a < b ? a : b))),
    [`${name}Max`]: of(amounts.reduce((a, b) => (a > b ? a : b))),
    [`${name}Average`]: of(halfEven(sum, BigInt(amounts.length))),
  };
}
const none = (name: string) => ({
  [`${name}Sum`]: null,
  [`${name}Min`]: null,
  [`${name}Max`]: null,
  [`${name}Average`]: null,
});

test('an average is rounded to minor units, half to even', () => {
  const means = [halfEven(1n, 2n), halfEven(3n, 2n), halfEven(-1n, 2n), halfEven(-3n, 2n), halfEven(5n, 3n)];
  expect(means).toEqual([0n, 2n, 0n, -2n, 2n]);
});

test('figures of bids by currency equal those of their list, omit hidden bids and never add two currencies', async () => {
  const dollars = await openLot(world, ann);
  const euros = await openLot(world, ann, { startPrice: euro('3') });
  const envelope = await openLot(world, ann, { format: 'SEALED_FIRST_PRICE' });
  await bid(bob, dollars, '90071992547409.93');
  for (const amount of ['5.10', '7.35', '11']) await bid(cleo, dollars, amount);
  for (const amount of ['30', '40']) await bid(bob, euros, 0, { amount: euro(amount) });
  await bid(cleo, euros, 0, { amount: euro('9.99') });
  const before = await bidRows('BIDDER, CURRENCY');
  await bid(bob, dollars, '90071992547500');
  await bid(bob, envelope, '4242');
  expect(await bidRows('BIDDER, CURRENCY')).toEqual(before);

  const { bids } = await world.anonymous.ask(
    '{ bids(first: 100) { totalCount nodes { bidder { id } amount { minor currency } } } }',
  );
  const groups = new Map<string, bigint[]>();
  for (const { bidder, amount } of bids.nodes as Answer[]) {
    const key = `${bidder.id} ${amount.currency}`;
    groups.set(key, [...(groups.get(key) ?? []), BigInt(amount.minor)]);
  }
  expect(groups.size).toBe(4);
  expect(before).toHaveLength(groups.size);
  for (const row of before) {
    const amounts = groups.get(`${row.bidder.id} ${row.currency}`)!;
    expect(row).toMatchObject({ count: amounts.length, ...folded('amount', amounts, row.currency) });
  }
  // Over two currencies there is a count and no sum. If all amounts have one currency, the sum needs no key for it.
  expect(await bidRows('')).toEqual([expect.objectContaining({ count: bids.totalCount, ...none('amount') })]);
  const one = await bidRows('', `filter: { auctionId: { eq: "${euros}" } }`);
  expect(one[0].amountMin).toEqual({ minor: '300', amount: '3.00', currency: 'EUR' });
  expect(await bidRows('', `filter: { auctionId: { eq: "${envelope}" } }`)).toEqual([
    expect.objectContaining({ count: 0, ...none('amount') }),
  ]);
  expect(await world.statements(() => bidRows('CURRENCY'))).toHaveLength(1);
});

test('hammer prices of sold lots are summed exactly, without the prices of open lots', async () => {
  const rows = async (args: string) =>
    (
      await world.anonymous.ask(
        `{ auctionAggregate(${args}) { rows { count currency status bucketStart ${figures('hammerPrice')} } } }`,
      )
    ).auctionAggregate.rows as Answer[];
  const bids: [string, string][] = [];
  for (const amount of ['90071992547409.93', '90071992547410.94', '90071992547411.96']) {
    const lot = await openLot(world, ann, { startPrice: { amount, currency: 'GBP' } });
    bids.push([lot, amount]);
    await bid(bob, lot, 0, { amount: { amount: '90071992547500', currency: 'GBP' } });
  }
  for (const [lot] of bids.slice(0, 2)) await ann.ask(end, { input: { auctionId: lot } });
  const sold = bids.slice(0, 2).map(([, amount]) => BigInt(amount.replace('.', '')));
  const gbp = 'filter: { currency: { eq: "GBP" } }';
  const found = await rows(`${gbp}, groupBy: [STATUS]`);
  expect(found).toContainEqual(
    expect.objectContaining({ status: 'SOLD', count: 2, ...folded('hammerPrice', sold, 'GBP') }),
  );
  expect(found).toContainEqual(expect.objectContaining({ status: 'OPEN', count: 1, ...none('hammerPrice') }));
  // The open lot is counted, but its price is not summed. Filling adds no row, since all lots are in one bucket.
  expect(await rows(`${gbp}, groupBy: [CURRENCY], bucket: { by: CREATED_AT, unit: YEAR, fill: true }`)).toEqual([
    expect.objectContaining({ currency: 'GBP', count: 3, ...folded('hammerPrice', sold, 'GBP') }),
  ]);
});
