import { Chance } from './chance.ts';
import { collectors, type Collector } from './collectors.ts';

/** A bid of a past sale: the hidden maximum, in whole euros. */
export interface PastBid {
  bidder: Collector;
  amount: number;
  placedAt: Date;
}

/** A recorded lot of a past sale. Amounts are whole euros. */
export interface PastLot {
  /** The number of its work. */
  work: number;
  sale: string;
  /** Its position in the sale, from 1. */
  number: number;
  seller: Collector;
  startPrice: number;
  reserve: number | null;
  openedAt: Date;
  endsAt: Date;
  cancelledAt: Date | null;
  bids: PastBid[];
  /** The current owner: the buyer, or the seller if it was not sold. */
  owner: Collector;
  sold: boolean;
}

const hour = 3_600_000;
const day = 24 * hour;

/** Milliseconds for which a lot is open. */
const openFor = 8 * day;

/** Milliseconds between the ends of two lots of a sale, as on large sites. */
const apart = 2 * 60_000;

/** Seconds: a bid this close to the end extends a lot by as much. */
export const softCloseSeconds = 60;

/** The season of a month: the days of its sales, the lots of each, and the levels of prices and of interest. */
interface Season {
  name: string;
  days: readonly number[];
  lots: number;
  dear: number;
  interest: number;
}

const winter = { name: 'Winter', days: [16], lots: 5, dear: 0.9, interest: 0.7 };
const spring = { name: 'Spring', days: [9, 23], lots: 9, dear: 1.7, interest: 1.2 };
const summer = { name: 'Summer', days: [16], lots: 3, dear: 0.6, interest: 0.4 };
const autumn = { name: 'Autumn', days: [9, 23], lots: 10, dear: 1.9, interest: 1.3 };

/** Auction houses sell in spring and autumn; the summer is quiet. The first entry is January. */
export const seasons: readonly Season[] = [
  winter,
  winter,
  spring,
  spring,
  spring,
  { ...spring, days: [16], lots: 8 },
  summer,
  summer,
  { ...autumn, days: [23], lots: 7 },
  autumn,
  autumn,
  { ...winter, lots: 8 },
];

/** The lots of the year that ended at `until`, oldest first; they depend on nothing but that time. */
export function pastSales(until: Date): PastLot[] {
  const from = until.getTime() - 365 * day;
  const lots: PastLot[] = [];
  for (let ago = 12; ago >= 0; ago--) {
    const month = new Date(Date.UTC(until.getUTCFullYear(), until.getUTCMonth() - ago, 1));
    const season = seasons[month.getUTCMonth()] ?? winter;
    for (const dayOfMonth of season.days) {
      const evening = month.getTime() + (dayOfMonth - 1) * day + 19 * hour;
      // The last lot of a sale, with every extension, has ended by then; only complete sales are included.
      if (evening - openFor < from || evening + 2 * hour > until.getTime()) continue;
      const sale = `${season.name} Sale of ${new Date(evening).toISOString().slice(0, 10)}`;
      for (let n = 0; n < season.lots; n++)
        lots.push(pastLot({ season, sale, number: n + 1, work: lots.length, endsAt: evening + n * apart }));
    }
  }
  return lots;
}

interface Slot {
  season: Season;
  sale: string;
  number: number;
  work: number;
  endsAt: number;
}

function pastLot({ season, sale, number, work, endsAt }: Slot): PastLot {
  const chance = new Chance(`${sale}, lot ${number}`);
  const openedAt = endsAt - openFor;
  const seller = chance.of(collectors);
  const startPrice = rounded(chance.between(90, 700) * season.dear);
  const reserve = chance.once(0.4) ? rounded(startPrice * chance.between(1.3, 2.6)) : null;
  const withdrawn = chance.once(0.04);
  const ignored = chance.once(0.08 / season.interest);
  const rounds = ignored ? 0 : Math.round(chance.between(1, 9) * season.interest);
  const circle = collectors.filter((name) => name !== seller);
  const all = ladder(chance, { startPrice, reserve }, rounds, circle);
  const cancelledAt = withdrawn ? openedAt + chance.between(2, 4) * day : null;
  const times = timesOf(chance, openedAt, cancelledAt ?? endsAt, all.length);
  const bids = all.map((bid, n) => ({ ...bid, placedAt: new Date(times[n] ?? openedAt) }));
  const top = bids.reduce<PastBid | null>((best, bid) => (best && best.amount >= bid.amount ? best : bid), null);
  const sold = !withdrawn && top !== null && (reserve === null || top.amount >= reserve);
  return {
    work,
    sale,
    number,
    seller,
    startPrice,
    reserve,
    openedAt: new Date(openedAt),
    endsAt: new Date(endsAt),
    cancelledAt: cancelledAt === null ? null : new Date(cancelledAt),
    bids,
    owner: sold ? top.bidder : seller,
    sold,
  };
}

/**
 * Maximum bids of competing bidders. In every round someone outbids the leader: a little, or by so much that others first fail
 * against the new maximum; sometimes the leader raises it unseen. Each step is wider than two increments, so that none is too low.
 */
function ladder(
  chance: Chance,
  { startPrice, reserve }: Pick<PastLot, 'startPrice' | 'reserve'>,
  rounds: number,
  circle: readonly Collector[],
): Omit<PastBid, 'placedAt'>[] {
  const bids: Omit<PastBid, 'placedAt'>[] = [];
  const rival = (leader: Collector | null): Collector => chance.of(circle.filter((name) => name !== leader));
  let top = startPrice;
  let leader: Collector | null = null;
  for (let round = 0; round < rounds; round++) {
    const before = top;
    const far = chance.once(0.35);
    top = rounded(top * (far ? chance.between(1.5, 1.7) : chance.between(1.08, 1.2)));
    leader = rival(leader);
    bids.push({ bidder: leader, amount: top });
    if (!far) continue;
    // Once the reserve is met the price equals it: lower bids would be refused.
    const clear = reserve !== null && top >= reserve ? reserve * 1.06 : 0;
    for (const share of [1.15, 1.33].slice(0, chance.whole(0, 2)))
      if (before * share > clear) bids.push({ bidder: rival(leader), amount: rounded(before * share) });
    if (!chance.once(0.2)) continue;
    top = rounded(top * 1.2);
    bids.push({ bidder: leader, amount: top });
  }
  return bids;
}

/** The times of bids in order: some over the days, the others in the last minutes. */
function timesOf(chance: Chance, from: number, to: number, count: number): number[] {
  const last = Math.min(20 * 60_000, (to - from) / 4);
  const times = Array.from({ length: count }, () =>
    chance.once(0.6) ? chance.between(from + hour, to - last) : chance.between(to - last, to - 1000),
  );
  return times.map(Math.floor).sort((a, b) => a - b);
}

/** Rounds to tens of euros: above 90 that is finer than any step between bids. */
function rounded(amount: number): number {
  return Math.round(amount / 10) * 10;
}
