import { arg } from '../../../platform/declare/input.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { auctions } from '../auction/auction.noun.ts';
import { candlesOf, latestBids, ownMaximum, ticksAtMost, ticksOf } from './bid-reading.service.ts';
import { bids } from './bid.noun.ts';

const AuctionPriceTick = valueType('AuctionPriceTick', 'The price after one bid.', (f) => ({
  placedAt: f.time('The time of the bid.'),
  price: f.money('The price after the bid.'),
}));

const AuctionPriceCandle = valueType('AuctionPriceCandle', 'The price within one interval that has bids.', (f) => ({
  intervalStart: f.time('Start of the interval. Intervals are aligned to 1970-01-01T00:00:00Z.'),
  open: f.money('Price after the first bid of the interval.'),
  high: f.money('Highest price of the interval.'),
  low: f.money('Lowest price of the interval.'),
  close: f.money('Price after the last bid of the interval.'),
  bidCount: f.int('Number of bids in the interval.'),
}));

const AuctionPriceSeries = valueType(
  'AuctionPriceSeries',
  'The visible price over time, for the latest 1,000 bids.',
  (f) => ({
    ticks: f.list(AuctionPriceTick, 'One per bid, oldest first; at most 1,000.', { atMost: ticksAtMost }),
    candles: f.list(AuctionPriceCandle, 'One per interval with bids, oldest first; at most 1,000.', {
      atMost: ticksAtMost,
    }),
  }),
);

export const auctionBids = extend(auctions, (f) => ({
  bids: f
    .rows(() => bids, 'The newest visible bids, newest first; at most 100.')
    .with(
      { first: arg.int('Number of bids to return, 1 to 100.', { min: 1, max: 100 }).default(10) },
      ({ id }, context, { first }) => latestBids(context, id, first),
    ),
  priceSeries: f
    .object(AuctionPriceSeries, 'The price over time, for charts.')
    .cost(20)
    .with(
      {
        candleSeconds: arg
          .int('Width of a candle in seconds, 1 to 31,536,000 (a year).', { min: 1, max: 31_536_000 })
          .default(3600),
      },
      async ({ id }, context, { candleSeconds }) => {
        const ticks = await ticksOf(context, id);
        return { ticks, candles: candlesOf(ticks, candleSeconds) };
      },
    ),
  viewerMaximum: f
    .money(
      'The highest maximum or sealed bid of the viewer, or of the organization acted for. Null if there is none, or if the viewer may not see it.',
    )
    .nullable()
    .from(async ({ id, currency }, context) => {
      const maximum = await ownMaximum(context, id);
      return maximum === null ? null : new Money(maximum, currency);
    })
    .restrictedTo('self', (_lot, { actor }) => actor.id !== null),
}));
