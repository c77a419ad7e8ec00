import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishedIncrements } from '../../../subgraphs/auction/bid/increments.policy.ts';
import { placeMaximum, untouched } from '../../../subgraphs/auction/bid/proxy-bidding.policy.ts';
import { testConfig } from '../../testkit/config.ts';
import { ebayStep, englishRun, type ModelBid } from './model.ts';

interface Lot {
  start: bigint;
  recorded: bigint;
  bids: ModelBid[];
}

/** Cents from a decimal, exactly. */
function cents(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  expect(fraction.length).toBeLessThanOrEqual(2);
  return BigInt(whole + fraction.padEnd(2, '0'));
}

const text = readFileSync(join(testConfig().datasets ?? '', 'ebay-cartier-auctions.csv'), 'utf8');
const lots = new Map<string, Lot>();
for (const line of text.trim().split('\n').slice(1)) {
  const [id = '', bid = '', , bidder = '', , open = '', price = ''] = line.split(',');
  const lot = lots.get(id) ?? { start: cents(open), recorded: cents(price), bids: [] };
  lot.bids.push({ bidder, maximum: cents(bid) });
  lots.set(id, lot);
}

/** Runs the engine over a lot's recorded bids. Returns the refused bids and the closing price. */
function engine({ start, bids }: Lot, reserve: bigint | null): { refused: number[]; price: bigint | null } {
  let standing = untouched;
  const refused: number[] = [];
  bids.forEach(({ bidder, maximum }, n) => {
    const terms = { startPrice: start, reserve, increments: publishedIncrements(2) };
    const decision = placeMaximum(terms, standing, { bidderId: bidder, maximum });
    if (decision.kind === 'TOO_LOW') refused.push(n);
    else standing = decision.standing;
  });
  return { refused, price: standing.price };
}

test.each([
  ['without a reserve', false, 116],
  ['with the recorded price as reserve', true, 136],
])('136 recorded auctions, %s: engine and model agree on each bid and price', (_, withReserve, exact) => {
  expect(lots.size).toBe(136);
  let same = 0;
  for (const [id, lot] of lots) {
    const reserve = withReserve ? lot.recorded : null;
    const { refused, price } = engine(lot, reserve);
    const model = englishRun({ start: lot.start, reserve, step: ebayStep }, lot.bids);
    expect(refused, id).toEqual(model.refused);
    expect(price, id).toBe(model.standing.price);
    if (price === lot.recorded) same += 1;
  }
  expect(same).toBe(exact);
});
