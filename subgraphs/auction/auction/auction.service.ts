import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { exponentOf, moneyOf, type MoneyInput } from '../../../platform/scalars/money.ts';
import { AuctionAsset } from '../asset/auction-asset.entity.ts';
import { cancellable } from '../bid/deadlines.policy.ts';
import { incrementsFault, publishedIncrements, type Increment } from '../bid/increments.policy.ts';
import { auctionCreated } from '../events.ts';
import { Auction, type StoredIncrement } from './auction.entity.ts';
import type { AuctionCreateInput, AuctionIncrementInput } from './auction.input.ts';
import { barredBy, sellerOwnerOf } from '../barred/barred.policy.ts';
import { lots } from './auction.query.ts';
import { close } from './closing.service.ts';
import { databaseTime, lotOf, moneyFact } from './lot.service.ts';
import { withdraw } from './opening.service.ts';
import { wordsOf } from './words.service.ts';

/** A lot ends at most this far ahead, in milliseconds: 400 days. */
const aheadAtMost = 400 * 24 * 3600 * 1000;

/** Amounts of one lot, read in its one currency. */
export function amountsIn(currency: string): (input: MoneyInput | null | undefined, field: string) => bigint | null {
  return (input, field) => {
    if (!input) return null;
    const path = ['input', ...field.split('.')];
    if (input.currency !== currency)
      throw new Invalid(`${field}.currency: this lot is sold in ${currency}, not ${input.currency}.`, {
        path: [...path, 'currency'],
      });
    const minor = BigInt(moneyOf(input, path).minor);
    if (minor <= 0n) throw new Invalid(`${field}.amount: must be more than zero.`, { path: [...path, 'amount'] });
    return minor;
  };
}

function incrementsOf(given: AuctionIncrementInput[] | null | undefined, currency: string): StoredIncrement[] {
  const path = ['input', 'increments'];
  const bands: Increment[] = given
    ? given.map(({ from, step }, n) => ({
        from: BigInt(moneyOf({ amount: from, currency }, [...path, String(n), 'from']).minor),
        step: BigInt(moneyOf({ amount: step, currency }, [...path, String(n), 'step']).minor),
      }))
    : publishedIncrements(exponentOf(currency));
  const fault = incrementsFault(bands);
  if (fault) throw new Invalid(fault, { path });
  return bands.map(({ from, step }) => [from.toString(), step.toString()]);
}

/** Prices that contradict one another are INVALID, with the path of the later one. */
export function checkPrices({ format, startPrice, reserve, buyNowPrice, floorPrice }: Auction): void {
  const least = reserve ?? startPrice;
  const fault = (field: string, message: string): Invalid => new Invalid(message, { path: ['input', field] });
  if (typeof reserve === 'bigint') {
    if (format === 'DUTCH')
      throw fault('reserve', 'reserve: a Dutch auction has none; its floor price takes that place.');
    if (reserve < startPrice) throw fault('reserve', 'reserve: must not be below the start price.');
  }
  if (typeof buyNowPrice === 'bigint') {
    if (format !== 'ENGLISH') throw fault('buyNowPrice', 'buyNowPrice: only an English auction can have one.');
    if (buyNowPrice < startPrice || buyNowPrice < least)
      throw fault('buyNowPrice', 'buyNowPrice: must not be below the start price and the reserve.');
  }
  if (typeof floorPrice === 'bigint' && floorPrice > startPrice)
    throw fault('dutch', 'dutch.floorPrice: must not be above the start price.');
}

export function checkEnd(endsAt: Date, now: Date): void {
  const path = ['input', 'endsAt'];
  if (endsAt <= now) throw new Invalid('endsAt: must be in the future.', { path });
  if (endsAt.getTime() - now.getTime() > aheadAtMost)
    throw new Invalid('endsAt: must be at most 400 days ahead.', { path });
}

/** A lot is announced with the time of its opening, so its asset must be one that everybody sees. */
export function checkOpening(
  asset: AuctionAsset,
  { opensAt, endsAt }: { opensAt: Date; endsAt: Date },
  now: Date,
  field: 'opensAt' | 'endsAt' = 'opensAt',
): void {
  const path = ['input', field];
  if (opensAt <= now)
    throw new Invalid('opensAt: must be in the future. To open the lot now, use `auctionOpen`.', { path });
  if (opensAt >= endsAt) throw new Invalid(`${field}: the lot must open before it ends.`, { path });
  if (!asset.isPublished())
    throw new Conflict('opensAt: a lot with a time for its opening is announced at once. Publish its asset first.', {
      path,
    });
}

/** The asset, if the actor may sell it. What of it the actor cannot see is not there. */
async function sellable(tx: Transaction, assetId: string): Promise<AuctionAsset> {
  const path = ['input', 'assetId'];
  // A title that is told in this moment waits, and then finds the new lot.
  const asset = await tx.em.findOne(AuctionAsset, { id: assetId }, { lockMode: LockMode.PESSIMISTIC_READ });
  if (!asset)
    throw new NotFound('assetId: there is no such asset, or it is so new that it is not known here yet.', { path });
  if (!tx.can('auction.auction.create', asset.ownerId)) {
    tx.decided.add('auction.auction.create');
    throw asset.isSeenByAll()
      ? new Forbidden('assetId: only its owner can put an asset up for auction.', { path })
      : new NotFound(undefined, { path });
  }
  if (asset.status === 'ARCHIVED') throw new Conflict('assetId: the asset is archived.', { path });
  return asset;
}

export async function auctionCreate(tx: Transaction, input: AuctionCreateInput): Promise<Auction> {
  const asset = await sellable(tx, input.assetId);
  tx.must('auction.auction.create', asset.ownerId);
  const now = await databaseTime(tx);
  checkEnd(input.endsAt, now);
  if (input.opensAt) checkOpening(asset, { opensAt: input.opensAt, endsAt: input.endsAt }, now);
  const { format, dutch } = input;
  const { currency } = input.startPrice;
  const amount = amountsIn(currency);
  if ((format === 'DUTCH') !== Boolean(dutch))
    throw new Invalid('dutch: required for a Dutch auction, and not allowed in other formats.', {
      path: ['input', 'dutch'],
    });
  if (format !== 'ENGLISH' && input.increments)
    throw new Invalid('increments: only an English auction can have them.', { path: ['input', 'increments'] });
  if (format !== 'ENGLISH' && input.softCloseSeconds > 0)
    throw new Invalid('softCloseSeconds: only an English auction can have a soft close; it must be 0.', {
      path: ['input', 'softCloseSeconds'],
    });
  const auction = tx.em.create(Auction, {
    id: newId('auc'),
    universeId: tx.universe,
    createdAt: tx.now(),
    updatedAt: tx.now(),
    assetId: asset.id,
    sellerId: asset.ownerId,
    sellerOwnerId: sellerOwnerOf(tx.actor, asset.ownerId),
    createdBy: tx.actorId,
    barred: barredBy(tx.actor, asset.ownerId),
    format,
    status: input.opensAt ? 'SCHEDULED' : 'DRAFT',
    title: asset.shownTitle(),
    words: wordsOf({ title: asset.shownTitle(), description: input.description }),
    announcedAt: input.opensAt ? tx.now() : null,
    opensAt: input.opensAt ?? null,
    description: input.description ?? null,
    currency,
    startPrice: amount(input.startPrice, 'startPrice') ?? 0n,
    reserve: amount(input.reserve, 'reserve'),
    buyNowPrice: amount(input.buyNowPrice, 'buyNowPrice'),
    floorPrice: amount(dutch?.floorPrice, 'dutch.floorPrice'),
    priceStep: amount(dutch?.priceStep, 'dutch.priceStep'),
    stepSeconds: dutch?.stepSeconds ?? null,
    increments: format === 'ENGLISH' ? incrementsOf(input.increments, currency) : [],
    softCloseSeconds: input.softCloseSeconds,
    endsAt: input.endsAt,
    openingAt: null,
    openedAt: null,
    endedAt: null,
    cancelReason: null,
    buyerId: null,
    settlementStatus: null,
    settlementDueAt: null,
    settlementDecidedAt: null,
    price: null,
    leaderId: null,
    leaderBidId: null,
    leaderMaximum: null,
    leaderMaximumBy: null,
    winnerId: null,
  });
  checkPrices(auction);
  tx.em.persist(auction);
  tx.emit(auctionCreated, auction.id, { ...lotOf(auction), startPrice: moneyFact(auction.startPrice, currency) });
  return auction;
}

/** Withdraws a lot without a sale, by the published rules of the last twelve hours. */
export async function auctionCancel(tx: Transaction, auctionId: string, reason: string): Promise<Auction> {
  const auction = tx.found(await lots.lock(tx, auctionId), ['input', 'auctionId']);
  tx.must('auction.auction.cancel', auction.sellerId);
  if (auction.status === 'CANCELLED') return auction;
  if (auction.hasEnded()) throw new Conflict(`A lot that is ${auction.status} cannot be withdrawn.`);
  const now = await databaseTime(tx);
  if (auction.status === 'OPEN') {
    if (!auction.takesBids(now)) throw new Conflict('The end of this lot is past; it is about to be closed.');
    const lot = { bids: auction.bidCount, sealed: auction.isSealed(), endsAt: auction.endsAt };
    if (!cancellable(lot, now))
      throw new Conflict(
        'A lot with bids cannot be withdrawn in its last twelve hours. `auctionEnd` closes it at once; the highest bidder wins if the reserve is met.',
      );
  }
  withdraw(tx, auction, reason.trim(), now);
  return auction;
}

/** Closes a lot before its time: the highest bidder wins as if the end had come now. */
export async function auctionEnd(tx: Transaction, auctionId: string): Promise<Auction> {
  const auction = tx.found(await lots.lock(tx, auctionId), ['input', 'auctionId']);
  tx.must('auction.auction.end', auction.sellerId);
  if (auction.status === 'SOLD' || auction.status === 'UNSOLD') return auction;
  if (auction.status !== 'OPEN') throw new Conflict(`A lot that is ${auction.status} cannot be closed.`);
  const now = await databaseTime(tx);
  await close(tx, auction, now < auction.endsAt ? now : auction.endsAt);
  return auction;
}
