import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool as HttpPool } from 'undici';
import { Pool } from 'pg';
import { moneyFact } from '../subgraphs/auction/auction/lot.service.ts';
import { placeMaximum, type EnglishTerms } from '../subgraphs/auction/bid/proxy-bidding.policy.ts';
import { newId } from '../platform/ids/ids.ts';
import { now } from './bench.ts';

/** The bidders of `bids.ts`, in a separate process: through the graph, or as one plain pg transaction per bid. */
export interface BidOrders {
  lots: readonly string[];
  /** Bidders with at most one bid in flight each; with tokens through the graph, without through plain pg. */
  bidders: readonly { id: string; token: string }[];
  via: { graph: string } | { postgres: string; connections: number };
  /** Bids per second, each sent on time if a bidder is free; null for as many as possible. */
  pace: number | null;
  seconds: { warming: number; measured: number };
  /** The lowest first bid on each lot, in minor units; every later bid on a lot is higher. */
  from: number;
}

export interface BidsSeen {
  accepted: number;
  tooLow: number;
  seconds: number;
  /** Milliseconds from request to answer, for accepted bids. */
  answers: number[];
  /** The highest bid in minor units. */
  highest: number;
}

/** One currency unit: bids overtake one another in flight, and a late bid must not be below the minimum increment of a cent. */
const raise = 100;

const mutation = /* GraphQL */ `
  mutation ($input: BidPlaceInput!) {
    bidPlace(input: $input) {
      outcome {
        __typename
        ... on BidLeading {
          bid {
            id
            amount {
              amount
            }
          }
        }
        ... on BidOutbid {
          auction {
            minimumBid {
              amount
            }
          }
        }
        ... on BidTooLow {
          minimum {
            amount
          }
        }
      }
    }
  }
`;

type Place = (lot: string, bidder: BidOrders['bidders'][number], minor: number) => Promise<boolean>;

process.once('message', (orders) => {
  run(orders as BidOrders).then(
    (seen) => process.send?.(seen, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function run(orders: BidOrders): Promise<BidsSeen> {
  const { place, close } =
    'graph' in orders.via
      ? throughGraph(orders.via.graph, orders.bidders.length)
      : byPlainPg(orders.via.postgres, orders.via.connections);
  const { lots, bidders, pace, seconds } = orders;
  const next = new Map(lots.map((lot) => [lot, orders.from]));
  const seen: BidsSeen = { accepted: 0, tooLow: 0, seconds: seconds.measured, answers: [], highest: orders.from };
  const began = now();
  const counted = began + seconds.warming * 1000;
  const until = counted + seconds.measured * 1000;
  let sent = 0;
  const bid = async (bidder: BidOrders['bidders'][number], at: number): Promise<void> => {
    const lot = lots[sent++ % lots.length] ?? '';
    const minor = next.get(lot) ?? 0;
    next.set(lot, minor + raise);
    seen.highest = Math.max(seen.highest, minor);
    const accepted = await place(lot, bidder, minor);
    const answered = now();
    if (answered < counted || answered > until) return;
    if (!accepted) {
      seen.tooLow += 1;
      return;
    }
    seen.accepted += 1;
    seen.answers.push(answered - at);
  };
  if (pace === null) {
    await Promise.all(
      bidders.map(async (bidder) => {
        while (now() < until) await bid(bidder, now());
      }),
    );
  } else {
    await paced(pace, began, until, bidders, bid);
  }
  await close();
  return seen;
}

/** Sends bids on schedule, whatever happened to earlier ones; waiting for a free bidder counts towards a bid's time. */
async function paced(
  pace: number,
  began: number,
  until: number,
  bidders: BidOrders['bidders'],
  bid: (bidder: BidOrders['bidders'][number], at: number) => Promise<void>,
): Promise<void> {
  const free = [...bidders];
  const underway = new Set<Promise<void>>();
  for (let n = 0; ; n++) {
    const at = began + (n * 1000) / pace;
    if (at > until) break;
    const wait = at - now();
    if (wait > 1) await sleep(wait);
    while (free.length === 0) await Promise.race(underway);
    const bidder = free.shift();
    if (!bidder) continue;
    const placing = bid(bidder, at).then(() => {
      free.push(bidder);
      underway.delete(placing);
    });
    underway.add(placing);
  }
  await Promise.all(underway);
}

function amountOf(minor: number): string {
  return (minor / 100).toFixed(2);
}

/** One connection per bidder, as for separate people. */
function throughGraph(url: string, connections: number): { place: Place; close: () => Promise<void> } {
  const pool = new HttpPool(url, { connections, pipelining: 1 });
  const place: Place = async (auctionId, { token }, minor) => {
    const input = { auctionId, amount: { amount: amountOf(minor), currency: 'USD' }, idempotencyKey: randomUUID() };
    const { body } = await pool.request({
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: mutation, variables: { input } }),
    });
    const { data, errors } = (await body.json()) as {
      data?: { bidPlace: { outcome: { __typename: string } } };
      errors?: unknown;
    };
    if (!data || errors) throw new Error(`The graph refused a bid: ${JSON.stringify(errors)}`);
    const kind = data.bidPlace.outcome.__typename;
    if (kind === 'BidTooLow') return false;
    if (['BidLeading', 'BidOutbid', 'BidRaised'].includes(kind)) return true;
    throw new Error(`A bid ended as ${kind}.`);
  };
  return { place, close: () => pool.close() };
}

interface LotRow {
  universe_id: string;
  asset_id: string;
  seller_id: string;
  currency: string;
  start_price: string;
  increments: [string, string][];
  price: string | null;
  leader_id: string | null;
  leader_maximum: string | null;
  ends_at: Date;
  sequence: number;
  bid_count: number;
  numbered: number;
}

/**
 * A hand-written equivalent with the same durability: each bid is a transaction with the nine statements of a group of bids, over the
 * same tables and indexes. It has no authentication, parsing, planning or checks.
 */
function byPlainPg(url: string, connections: number): { place: Place; close: () => Promise<void> } {
  const pool = new Pool({ connectionString: url, max: connections });
  const place: Place = async (auctionId, { id: bidderId }, minor) => {
    const client = await pool.connect();
    try {
      const key = [bidderId, 'bidPlace', randomUUID()];
      await client.query('begin');
      await client.query(
        `insert into facts.idempotency (actor, mutation, key, input_hash) values ($1, $2, $3, $4) on conflict do nothing returning actor, key`,
        [...key, `${auctionId} ${minor}`],
      );
      const { rows } = await client.query<LotRow>('select * from auction.auctions where id = $1 for update', [
        auctionId,
      ]);
      const [lot] = rows;
      if (!lot) throw new Error(`There is no lot ${auctionId}.`);
      const clock = await client.query<{ at: Date }>('select clock_timestamp() as at');
      const at = clock.rows[0]?.at ?? new Date();
      if (at > lot.ends_at) throw new Error('The lot is closed.');
      const standing = {
        price: lot.price === null ? null : BigInt(lot.price),
        leader:
          lot.leader_id === null
            ? null
            : { bidderId: lot.leader_id, maximum: BigInt(lot.leader_maximum ?? lot.price ?? 0) },
      };
      const decision = placeMaximum(termsOf(lot), standing, { bidderId, maximum: BigInt(minor) });
      const accepted = decision.kind !== 'TOO_LOW';
      const bidId = newId('bid');
      if (accepted) {
        const { price, leader } = decision.standing;
        const hidden = !decision.noticeable;
        await client.query(
          `insert into auction.bids (id, universe_id, created_at, updated_at, auction_id, bidder_id, placed_by, sequence, number,
             hidden, standing, maximum, amount, currency, placed_at)
           values ($1, $2, $3, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $3)`,
          [
            bidId,
            lot.universe_id,
            at,
            auctionId,
            bidderId,
            lot.sequence + 1,
            hidden ? 0 : lot.numbered + 1,
            hidden,
            decision.kind,
            minor,
            price,
            lot.currency,
          ],
        );
        await client.query(
          `update auction.auctions set updated_at = $2, price = $3, leader_id = $4, leader_maximum = $5, leader_bid_id = $6,
             sequence = sequence + 1, bid_count = bid_count + 1, numbered = numbered + 1 where id = $1`,
          [auctionId, at, price, leader?.bidderId, leader?.maximum, bidId],
        );
      }
      await client.query(
        'update facts.idempotency set result_id = $4 where actor = $1 and mutation = $2 and key = $3',
        [...key, `${decision.kind} ${auctionId} ${bidId}`],
      );
      if (accepted) {
        const price = moneyFact(decision.standing.price ?? 0n, lot.currency);
        await client.query(
          `with k as (
             insert into facts.keys as k (key, seq) values ($1, 1) on conflict (key) do update set seq = k.seq + 1 returning k.seq)
           insert into facts.log (id, os, type, v, key, key_seq, at, actor, universe_id, correlation_id, payload)
           select $2, 'auction', 'auction.bid.placed', 1, $1, k.seq, $3, $4, $5, $2, $6 from k`,
          [
            auctionId,
            newId('fct'),
            at,
            bidderId,
            lot.universe_id,
            JSON.stringify({
              auctionId,
              assetId: lot.asset_id,
              sellerId: lot.seller_id,
              bidId,
              bidderId,
              standing: decision.kind,
              price,
              minimum: price,
              leaderId: decision.standing.leader?.bidderId,
              bidCount: lot.bid_count + 1,
              reserveMet: null,
              endsAt: lot.ends_at.toISOString(),
            }),
          ],
        );
      }
      await client.query('commit');
      return accepted;
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  };
  return { place, close: () => pool.end() };
}

function termsOf({ start_price: startPrice, increments }: LotRow): EnglishTerms {
  return {
    startPrice: BigInt(startPrice),
    reserve: null,
    increments: increments.map(([from, step]) => ({ from: BigInt(from), step: BigInt(step) })),
  };
}
