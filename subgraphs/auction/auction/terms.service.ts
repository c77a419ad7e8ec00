import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import type { MoneyInput } from '../../../platform/scalars/money.ts';
import { AuctionAsset } from '../asset/auction-asset.entity.ts';
import type { Auction } from './auction.entity.ts';
import { amountsIn, checkEnd, checkOpening, checkTerms } from './auction.service.ts';
import { announce, databaseTime } from './lot.service.ts';
import { relaxed } from './terms.policy.ts';
import { wordsOf } from './words.service.ts';

/** The terms that can be changed, in the order in which they are checked. */
const fields = [
  'startPrice',
  'reserve',
  'buyNowPrice',
  'opensAt',
  'endsAt',
  'softCloseSeconds',
  'description',
] as const;
type Terms = Partial<Record<(typeof fields)[number], MoneyInput | Date | string | number | null | undefined>>;
const amounts = new Set<string>(['startPrice', 'reserve', 'buyNowPrice']);

/**
 * Changes the terms, and returns the names of those that changed. Before the opening all but asset, format and currency can change;
 * then, until the first bid, only changes that harm no bidder (`relaxed`); after it none.
 */
export async function changeTerms(tx: Transaction, auction: Auction, terms: Terms): Promise<string[]> {
  const now = await databaseTime(tx);
  checkChangeable(auction, now);
  const amount = amountsIn(auction.currency);
  const changed: string[] = [];
  for (const field of fields) {
    const given = terms[field];
    if (given === undefined) continue;
    if (field === 'endsAt') checkEnd(given as Date, now);
    const to = amounts.has(field) ? amount(given as MoneyInput | null, field) : given;
    if (plain(auction[field]) === plain(to)) continue;
    const fault = auction.isBeforeOpening() ? null : relaxed(auction, field, to);
    if (fault) throw new Conflict(fault, { path: ['input', field] });
    Object.assign(auction, { [field]: to });
    changed.push(field);
  }
  checkTerms(auction);
  if (changed.includes('description')) auction.words = wordsOf(auction);
  const moved = changed.find((field) => field === 'opensAt' || field === 'endsAt');
  if (moved && auction.isBeforeOpening() && auction.opensAt) await schedule(tx, auction, now, moved);
  return changed;
}

function checkChangeable(auction: Auction, now: Date): void {
  if (auction.isBeforeOpening()) return;
  if (auction.status !== 'OPENING' && !auction.takesBids(now))
    throw new Conflict(`The terms of a lot cannot be changed after its end; this one is ${auction.status}.`);
  // Nobody may learn whether there are sealed bids, so such a lot counts as one with bids.
  if (auction.isSealed())
    throw new Conflict('The terms of a lot with sealed bids cannot be changed after its opening.');
  if (auction.sequence > 0) throw new Conflict('The terms of a lot cannot be changed after its first bid.');
}

/** Publishes a lot with an opening time. */
async function schedule(tx: Transaction, auction: Auction, now: Date, field: string): Promise<void> {
  const asset = await tx.em.findOneOrFail(AuctionAsset, { id: auction.assetId });
  checkOpening(asset, { opensAt: auction.opensAt as Date, endsAt: auction.endsAt }, now, field);
  announce(tx, auction);
  auction.status = 'SCHEDULED';
}

function plain(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value ?? '');
}
