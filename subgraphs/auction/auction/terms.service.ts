import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import type { MoneyInput } from '../../../platform/scalars/money.ts';
import { AuctionAsset } from '../asset/auction-asset.entity.ts';
import { auctionUpdated } from '../events.ts';
import type { Auction } from './auction.entity.ts';
import type { AuctionUpdateInput } from './auction.input.ts';
import { lots } from './auction.query.ts';
import { amountsIn, checkEnd, checkOpening, checkPrices } from './auction.service.ts';
import { announce, databaseTime, lotOf } from './lot.service.ts';
import { relaxed } from './terms.policy.ts';
import { wordsOf } from './words.service.ts';

const changeable = [
  'startPrice',
  'reserve',
  'buyNowPrice',
  'opensAt',
  'endsAt',
  'softCloseSeconds',
  'description',
] as const;
const clearable = new Set<string>(['reserve', 'buyNowPrice', 'description']);
const amounts = new Set<string>(['startPrice', 'reserve', 'buyNowPrice']);

/**
 * Changes the terms. Before the opening everything but asset, format and currency; from then on, until the first bid, what can harm
 * no bidder (`relaxed`); after it nothing.
 */
export async function auctionUpdate(tx: Transaction, input: AuctionUpdateInput): Promise<Auction> {
  const auction = tx.found(await lots.lock(tx, input.auctionId), ['input', 'auctionId']);
  tx.must('auction.auction.update', auction.sellerId);
  if (input.ifVersion && input.ifVersion !== auction.termsVersion)
    throw new Conflict(`ifVersion: the terms have version ${auction.termsVersion} now. Read them again.`, {
      path: ['input', 'ifVersion'],
    });
  const now = await databaseTime(tx);
  checkChangeable(auction, now);
  const amount = amountsIn(auction.currency);
  const changed: string[] = [];
  for (const field of changeable) {
    const given = input[field];
    if (given === undefined) continue;
    if (given === null && !clearable.has(field))
      throw new Invalid(`${field}: cannot be cleared; leave it out to keep it.`, { path: ['input', field] });
    if (field === 'endsAt') checkEnd(given as Date, now);
    const to = amounts.has(field) ? amount(given as MoneyInput | null, field) : given;
    if (plain(auction[field]) === plain(to)) continue;
    const fault = auction.isBeforeOpening() ? null : relaxed(auction, field, to);
    if (fault) throw new Conflict(fault, { path: ['input', field] });
    Object.assign(auction, { [field]: to });
    changed.push(field);
  }
  if (auction.format !== 'ENGLISH' && auction.softCloseSeconds > 0)
    throw new Invalid('softCloseSeconds: only an English auction can have a soft close; it must be 0.', {
      path: ['input', 'softCloseSeconds'],
    });
  checkPrices(auction);
  if (changed.length === 0) return auction;
  if (changed.includes('description')) auction.words = wordsOf(auction);
  const moved = changed.find((field) => field === 'opensAt' || field === 'endsAt');
  if (moved && auction.isBeforeOpening() && auction.opensAt)
    await schedule(tx, auction, now, changed.includes('opensAt') ? 'opensAt' : 'endsAt');
  auction.termsVersion += 1;
  auction.updatedAt = tx.now();
  tx.emit(auctionUpdated, auction.id, { ...lotOf(auction), changed });
  return auction;
}

function checkChangeable(auction: Auction, now: Date): void {
  if (auction.isBeforeOpening()) return;
  if (auction.status !== 'OPENING' && !auction.takesBids(now))
    throw new Conflict(`The terms of a lot that is over stand; this one is ${auction.status}.`);
  // Whether sealed bids were made is nobody's business, so such a lot counts as bid for.
  if (auction.isSealed()) throw new Conflict('The terms of a lot with sealed bids stand from its opening on.');
  if (auction.sequence > 0)
    throw new Conflict('The lot has bids, and its terms cannot be changed after the first one.');
}

/** A lot with a time for its opening is announced: everybody sees it from here on. */
async function schedule(tx: Transaction, auction: Auction, now: Date, field: 'opensAt' | 'endsAt'): Promise<void> {
  const asset = await tx.em.findOneOrFail(AuctionAsset, { id: auction.assetId });
  checkOpening(asset, { opensAt: auction.opensAt as Date, endsAt: auction.endsAt }, now, field);
  announce(tx, auction);
  auction.status = 'SCHEDULED';
}

function plain(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value ?? '');
}
