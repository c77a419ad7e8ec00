import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Money } from '../../../platform/scalars/money.ts';
import {
  ticksAtMost,
  type AuctionPriceCandle,
  type AuctionPriceSeries,
  type AuctionPriceTick,
} from '../auction/auction.type.ts';
import { Bid } from './bid.entity.ts';
import { readsHidden } from './hidden.policy.ts';

/** Lots whose bids are read in one statement at most. */
const lotsAtMost = 1000;

const latestKeys = new Map<number, symbol>();
const seriesKey = Symbol('price series');

/** The newest bids of a lot, at most `first`; for however many lots of one answer it is one statement. */
export function latestBids(context: Context, auctionId: string, first: number): Promise<Bid[]> {
  const key = latestKeys.get(first) ?? Symbol('latest bids');
  latestKeys.set(first, key);
  return context
    .loader<Bid[]>(key, () => new DataLoader((ids) => latestOf(context, ids, first), { maxBatchSize: lotsAtMost }))
    .load(auctionId);
}

async function latestOf(context: Context, auctionIds: readonly string[], first: number): Promise<Bid[][]> {
  const rows = await sqlIn<Record<string, unknown>>(
    context.em,
    `select b.* from unnest($1::text[]) as lot(id) cross join lateral (
       select * from auction.bids where auction_id = lot.id and universe_id = $3 and not hidden order by number desc limit $2
     ) b order by b.auction_id, b.number desc`,
    [[...auctionIds], first, context.universe],
  );
  const bids = rows.map((row) => context.em.map(Bid, row));
  return byLot(auctionIds, bids);
}

function byLot<T extends { auctionId: string }>(auctionIds: readonly string[], rows: readonly T[]): T[][] {
  const groups = new Map<string, T[]>(auctionIds.map((id) => [id, []]));
  for (const row of rows) groups.get(row.auctionId)?.push(row);
  return auctionIds.map((id) => groups.get(id) ?? []);
}

interface Tick {
  auctionId: string;
  placedAt: Date;
  minor: bigint;
  currency: string;
}

/** How the price of a lot went; for however many lots of one answer it is one statement. */
export async function priceSeries(context: Context, auctionId: string, seconds: number): Promise<AuctionPriceSeries> {
  const ticks = await context
    .loader<Tick[]>(seriesKey, () => new DataLoader((ids) => ticksOf(context, ids), { maxBatchSize: lotsAtMost }))
    .load(auctionId);
  const priced = ({ minor, currency }: Tick): Money => new Money(minor, currency);
  return {
    ticks: ticks.map<AuctionPriceTick>((tick) => ({ placedAt: tick.placedAt, price: priced(tick) })),
    candles: candlesOf(ticks, seconds),
  };
}

async function ticksOf(context: Context, auctionIds: readonly string[]): Promise<Tick[][]> {
  const rows = await sqlIn<{ auction_id: string; placed_at: Date; amount: string; currency: string }>(
    context.em,
    `select b.auction_id, b.placed_at, b.amount, b.currency from unnest($1::text[]) as lot(id) cross join lateral (
       select * from auction.bids
       where auction_id = lot.id and universe_id = $3 and not hidden and retracted_at is null order by number desc limit $2
     ) b order by b.auction_id, b.number`,
    [[...auctionIds], ticksAtMost, context.universe],
  );
  const ticks = rows.map<Tick>((row) => ({
    auctionId: row.auction_id,
    placedAt: new Date(row.placed_at),
    minor: BigInt(row.amount),
    currency: row.currency,
  }));
  return byLot(auctionIds, ticks);
}

/** Ticks, oldest first, gathered into intervals that are counted from 1970; intervals without a bid have no candle. */
export function candlesOf(ticks: readonly Tick[], seconds: number): AuctionPriceCandle[] {
  const width = seconds * 1000;
  const groups = new Map<number, Tick[]>();
  for (const tick of ticks) {
    const start = Math.floor(tick.placedAt.getTime() / width) * width;
    const group = groups.get(start);
    if (group) group.push(tick);
    else groups.set(start, [tick]);
  }
  return [...groups].map(([start, group]) => {
    const prices = group.map(({ minor }) => minor);
    const money = (minor: bigint | undefined): Money => new Money(minor ?? 0n, group[0]?.currency ?? '');
    return {
      intervalStart: new Date(start),
      open: money(prices[0]),
      high: money(prices.reduce((a, b) => (a > b ? a : b))),
      low: money(prices.reduce((a, b) => (a < b ? a : b))),
      close: money(prices.at(-1)),
      bidCount: group.length,
    };
  });
}

/**
 * The highest standing maximum or sealed bid that the viewer, or the organization acted for, has on a lot; in one statement for
 * however many lots. `null` when there is none, and for who may not see it.
 */
export function ownMaximum(context: Context, auctionId: string): Promise<bigint | null> {
  const bidderId = context.info.actingFor ?? context.actorId;
  if (!readsHidden(context.actor, bidderId)) return Promise.resolve(null);
  return context
    .loader<bigint | null>(maximumOf, () => new DataLoader((ids) => maximumOf(context, ids, bidderId)))
    .load(auctionId);
}

async function maximumOf(
  context: Context,
  auctionIds: readonly string[],
  bidderId: string,
): Promise<(bigint | null)[]> {
  const rows = await sqlIn<{ auction_id: string; maximum: string }>(
    context.em,
    `select auction_id, max(maximum)::text as maximum from auction.bids
     where auction_id = any($1) and universe_id = $3 and bidder_id = $2 and retracted_at is null group by auction_id`,
    [[...auctionIds], bidderId, context.universe],
  );
  const byId = new Map(rows.map((row) => [row.auction_id, BigInt(row.maximum)]));
  return auctionIds.map((id) => byId.get(id) ?? null);
}
