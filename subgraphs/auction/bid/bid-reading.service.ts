import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { Bid } from './bid.entity.ts';
import { readsHidden } from './hidden.policy.ts';

/** Bids in a price series, at most; there are no more candles than bids. */
export const ticksAtMost = 1000;

/** The newest bids of a lot, at most `first`. One statement for all lots of an answer. */
export async function latestBids(context: Context, auctionId: string, first: number): Promise<Bid[]> {
  const bids = await batched(context, `latest ${first} bids`, auctionId, async (auctionIds) => {
    const rows = await sqlIn<Record<string, unknown>>(
      context.em,
      `select b.* from unnest($1::text[]) as lot(id) cross join lateral (
         select * from auction.bids where auction_id = lot.id and universe_id = $3 and not hidden order by number desc limit $2
       ) b order by b.auction_id, b.number desc`,
      [auctionIds, first, context.universe],
    );
    return grouped(rows.map((row) => context.em.map(Bid, row)));
  });
  return bids ?? [];
}

function grouped<T extends { auctionId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.auctionId);
    if (group) group.push(row);
    else groups.set(row.auctionId, [row]);
  }
  return groups;
}

/** The price after one bid. */
export interface Tick {
  placedAt: Date;
  price: Money;
}

/** The price of a lot over time, oldest first. One statement for all lots of an answer. */
export async function ticksOf(context: Context, auctionId: string): Promise<Tick[]> {
  const ticks = await batched(context, ticksOf, auctionId, async (auctionIds) => {
    const rows = await sqlIn<{ auctionId: string; placedAt: Date; amount: string; currency: string }>(
      context.em,
      `select b.auction_id as "auctionId", b.placed_at as "placedAt", b.amount, b.currency
       from unnest($1::text[]) as lot(id) cross join lateral (
         select * from auction.bids
         where auction_id = lot.id and universe_id = $3 and not hidden and retracted_at is null order by number desc limit $2
       ) b order by b.auction_id, b.number`,
      [auctionIds, ticksAtMost, context.universe],
    );
    return grouped(rows);
  });
  return (ticks ?? []).map(({ placedAt, amount, currency }) => ({
    placedAt: new Date(placedAt),
    price: new Money(amount, currency),
  }));
}

/** The prices of one interval that has bids. */
export interface Candle {
  intervalStart: Date;
  open: Money;
  high: Money;
  low: Money;
  close: Money;
  bidCount: number;
}

/** Groups ticks, oldest first, by intervals counted from 1970; intervals without a bid have no candle. */
export function candlesOf(ticks: readonly Tick[], seconds: number): Candle[] {
  const width = seconds * 1000;
  const candles = new Map<number, Candle>();
  for (const { placedAt, price } of ticks) {
    const start = Math.floor(placedAt.getTime() / width) * width;
    const candle = candles.get(start);
    if (!candle) {
      const prices = { open: price, high: price, low: price, close: price };
      candles.set(start, { intervalStart: new Date(start), ...prices, bidCount: 1 });
      continue;
    }
    if (BigInt(price.minor) > BigInt(candle.high.minor)) candle.high = price;
    if (BigInt(price.minor) < BigInt(candle.low.minor)) candle.low = price;
    candle.close = price;
    candle.bidCount += 1;
  }
  return [...candles.values()];
}

/**
 * The highest maximum or sealed bid of the viewer, or of the organization acted for, on a lot. `null` if there is none, or if the
 * viewer may not see it. One statement for all lots of an answer.
 */
export async function ownMaximum(context: Context, auctionId: string): Promise<bigint | null> {
  const bidderId = context.info.actingFor ?? context.actorId;
  if (!readsHidden(context.actor, bidderId)) return null;
  const maximum = await batched(context, ownMaximum, auctionId, async (auctionIds) => {
    const rows = await sqlIn<{ auction_id: string; maximum: string }>(
      context.em,
      `select auction_id, max(maximum)::text as maximum from auction.bids
       where auction_id = any($1) and universe_id = $3 and bidder_id = $2 and retracted_at is null group by auction_id`,
      [auctionIds, bidderId, context.universe],
    );
    return new Map(rows.map((row) => [row.auction_id, BigInt(row.maximum)]));
  });
  return maximum ?? null;
}
