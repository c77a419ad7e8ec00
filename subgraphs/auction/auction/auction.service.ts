import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { exponentOf, moneyOf, type MoneyInput } from '../../../platform/scalars/money.ts';
import { AuctionAsset } from '../asset/auction-asset.entity.ts';
import { cancellable } from '../bid/deadlines.policy.ts';
import { incrementsFault, publishedIncrements, type Increment } from '../bid/increments.policy.ts';
import { auctionCanceled, auctionCreated, auctionOpened, auctionUpdated } from '../events.ts';
import { Auction, type StoredIncrement } from './auction.entity.ts';
import type { AuctionCreateInput, AuctionIncrementInput, AuctionUpdateInput } from './auction.input.ts';
import { barredBy } from './auction.policy.ts';
import { auctions } from './auction.query.ts';
import { close } from './closing.service.ts';
import { databaseTime, lotOf, moneyFact } from './lot.service.ts';

/** A lot ends at most this far ahead, in milliseconds: 400 days. */
const aheadAtMost = 400 * 24 * 3600 * 1000;

/** Amounts of one lot, read in its one currency. */
function amountsIn(currency: string): (input: MoneyInput | null | undefined, field: string) => bigint | null {
  return (input, field) => {
    if (!input) return null;
    const path = ['input', ...field.split('.')];
    if (input.currency !== currency) throw new Invalid(`This lot is in ${currency}.`, { path: [...path, 'currency'] });
    const minor = BigInt(moneyOf(input, path).minor);
    if (minor <= 0n) throw new Invalid('The amount must be more than zero.', { path: [...path, 'amount'] });
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
function checkPrices({ format, startPrice, reserve, buyNowPrice, floorPrice }: Auction): void {
  const least = reserve ?? startPrice;
  const fault = (field: string, message: string): Invalid => new Invalid(message, { path: ['input', field] });
  if (typeof reserve === 'bigint') {
    if (format === 'DUTCH') throw fault('reserve', 'A Dutch auction has a floor price instead of a reserve.');
    if (reserve < startPrice) throw fault('reserve', 'The reserve is not below the start price.');
  }
  if (typeof buyNowPrice === 'bigint') {
    if (format !== 'ENGLISH') throw fault('buyNowPrice', 'Only an English auction has a buy-now price.');
    if (buyNowPrice < startPrice || buyNowPrice < least)
      throw fault('buyNowPrice', 'The buy-now price is not below the start price and the reserve.');
  }
  if (typeof floorPrice === 'bigint' && floorPrice > startPrice)
    throw fault('dutch', 'The floor price is not above the start price.');
}

function checkEnd(endsAt: Date, now: Date): void {
  const path = ['input', 'endsAt'];
  if (endsAt <= now) throw new Invalid('The end is in the past.', { path });
  if (endsAt.getTime() - now.getTime() > aheadAtMost) throw new Invalid('A lot ends at most 400 days ahead.', { path });
}

/** The asset, if the actor may sell it. What of it the actor cannot see is not there. */
async function sellable(tx: Transaction, assetId: string): Promise<AuctionAsset> {
  const path = ['input', 'assetId'];
  const asset = await tx.em.findOne(AuctionAsset, { id: assetId });
  if (!asset)
    throw new NotFound('There is no such asset, or it is so new that the auctions do not know it yet.', { path });
  if (!tx.can('auction.auction.create', asset.ownerId)) {
    tx.decided.add('auction.auction.create');
    throw asset.isSeenByAll()
      ? new Forbidden('Only the owner puts an asset up for auction.', { path })
      : new NotFound(undefined, { path });
  }
  if (asset.status === 'ARCHIVED') throw new Conflict('The asset is in the archive.', { path });
  return asset;
}

export async function auctionCreate(tx: Transaction, input: AuctionCreateInput): Promise<Auction> {
  const asset = await sellable(tx, input.assetId);
  tx.must('auction.auction.create', asset.ownerId);
  const now = await databaseTime(tx);
  checkEnd(input.endsAt, now);
  const { format, dutch } = input;
  const { currency } = input.startPrice;
  const amount = amountsIn(currency);
  if ((format === 'DUTCH') !== Boolean(dutch))
    throw new Invalid('A Dutch auction, and only it, says how its price falls.', { path: ['input', 'dutch'] });
  if (format !== 'ENGLISH' && input.increments)
    throw new Invalid('Only an English auction has increments.', { path: ['input', 'increments'] });
  if (format !== 'ENGLISH' && input.softCloseSeconds > 0)
    throw new Invalid('Only an English auction has a soft close.', { path: ['input', 'softCloseSeconds'] });
  const auction = tx.em.create(Auction, {
    id: newId('auc'),
    universeId: tx.universe,
    createdAt: tx.now(),
    updatedAt: tx.now(),
    assetId: asset.id,
    sellerId: asset.ownerId,
    createdBy: tx.actorId,
    barred: barredBy(tx.actor, asset.ownerId),
    format,
    status: 'SCHEDULED',
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
    openedAt: null,
    endedAt: null,
    price: null,
    leaderId: null,
    leaderBidId: null,
    leaderMaximum: null,
    winnerId: null,
  });
  checkPrices(auction);
  tx.em.persist(auction);
  tx.emit(auctionCreated, auction.id, { ...lotOf(auction), startPrice: moneyFact(auction.startPrice, currency) });
  return auction;
}

const changeable = ['startPrice', 'reserve', 'buyNowPrice', 'endsAt', 'softCloseSeconds', 'description'] as const;
const clearable = new Set<string>(['reserve', 'buyNowPrice', 'description']);

/** The terms stand from the opening on: until then everything but asset, format and currency can be changed. */
export async function auctionUpdate(tx: Transaction, input: AuctionUpdateInput): Promise<Auction> {
  const auction = tx.found(await auctions.lock(tx, input.auctionId), ['input', 'auctionId']);
  tx.must('auction.auction.update', auction.sellerId);
  if (input.ifVersion && input.ifVersion !== auction.termsVersion)
    throw new Conflict(`The terms have version ${auction.termsVersion} by now.`, { path: ['input', 'ifVersion'] });
  if (auction.status !== 'SCHEDULED') throw new Conflict('The terms of a lot stand from its opening on.');
  const amount = amountsIn(auction.currency);
  const changed: string[] = [];
  for (const field of changeable) {
    const given = input[field];
    if (given === undefined) continue;
    if (given === null && !clearable.has(field))
      throw new Invalid(`${field} cannot be cleared.`, { path: ['input', field] });
    if (field === 'endsAt') checkEnd(given as Date, await databaseTime(tx));
    const money = field === 'startPrice' || field === 'reserve' || field === 'buyNowPrice';
    const to = money ? amount(given as MoneyInput | null, field) : given;
    if (String(auction[field] ?? '') === String(to ?? '')) continue;
    Object.assign(auction, { [field]: to });
    changed.push(field);
  }
  if (auction.format !== 'ENGLISH' && auction.softCloseSeconds > 0)
    throw new Invalid('Only an English auction has a soft close.', { path: ['input', 'softCloseSeconds'] });
  checkPrices(auction);
  if (changed.length === 0) return auction;
  auction.termsVersion += 1;
  auction.updatedAt = tx.now();
  tx.emit(auctionUpdated, auction.id, { ...lotOf(auction), changed });
  return auction;
}

/** Opens a lot. An asset is in one open auction at most: the database's unique index decides between two at once. */
export async function auctionOpen(tx: Transaction, auctionId: string): Promise<Auction> {
  const auction = tx.found(await auctions.lock(tx, auctionId), ['input', 'auctionId']);
  tx.must('auction.auction.open', auction.sellerId);
  if (auction.status === 'OPEN') return auction;
  if (auction.status !== 'SCHEDULED') throw new Conflict(`A lot that is ${auction.status} cannot be opened.`);
  const asset = await tx.em.findOne(AuctionAsset, { id: auction.assetId });
  if (!asset || asset.ownerId !== auction.sellerId) throw new Conflict('The asset is not the seller’s any more.');
  if (!asset.isPublished())
    throw new Conflict('Only an asset that is published and not on sale elsewhere can be auctioned.');
  const [other] = await sqlIn(tx.em, `select 1 from auction.auctions where asset_id = $1 and status = 'OPEN'`, [
    auction.assetId,
  ]);
  if (other) throw new Conflict('The asset is in another open auction.');
  const now = await databaseTime(tx);
  if (auction.endsAt <= now) throw new Conflict('The end of this lot is past. Give it another one first.');
  auction.status = 'OPEN';
  auction.openedAt = now;
  auction.updatedAt = tx.now();
  tx.emit(auctionOpened, auction.id, {
    ...lotOf(auction),
    startPrice: moneyFact(auction.startPrice, auction.currency),
    openedAt: now.toISOString(),
  });
  return auction;
}

/** Withdraws a lot without a sale, by the published rules of the last twelve hours. */
export async function auctionCancel(tx: Transaction, auctionId: string, reason: string): Promise<Auction> {
  const auction = tx.found(await auctions.lock(tx, auctionId), ['input', 'auctionId']);
  tx.must('auction.auction.cancel', auction.sellerId);
  if (auction.status === 'CANCELED') return auction;
  if (auction.hasEnded()) throw new Conflict(`A lot that is ${auction.status} cannot be withdrawn.`);
  const now = await databaseTime(tx);
  if (auction.status === 'OPEN') {
    if (!auction.takesBids(now)) throw new Conflict('The end of this lot is past; it is about to be closed.');
    const lot = { bids: auction.bidCount, sealed: auction.isSealed(), endsAt: auction.endsAt };
    if (!cancellable(lot, now))
      throw new Conflict(
        'In its last twelve hours a lot with bids is not withdrawn: end it, and the highest bidder wins.',
      );
    auction.endedAt = now;
  }
  auction.status = 'CANCELED';
  auction.updatedAt = tx.now();
  tx.emit(auctionCanceled, auction.id, { ...lotOf(auction), reason: reason.trim() });
  return auction;
}

/**
 * For the reaction to an asset that could not be kept for its lot: whoever won it would get nothing, so the lot is withdrawn,
 * whatever the rules for sellers are. A lot that is not open any more stays as it is.
 */
export async function auctionWithdrawn(tx: Transaction, auctionId: string, reason: string): Promise<void> {
  const auction = await auctions.lock(tx, auctionId);
  if (auction?.status !== 'OPEN') return;
  auction.status = 'CANCELED';
  auction.endedAt = await databaseTime(tx);
  auction.updatedAt = tx.now();
  tx.emit(auctionCanceled, auction.id, { ...lotOf(auction), reason });
}

/** Closes a lot before its time: the highest bidder wins as if the end had come now. */
export async function auctionEnd(tx: Transaction, auctionId: string): Promise<Auction> {
  const auction = tx.found(await auctions.lock(tx, auctionId), ['input', 'auctionId']);
  tx.must('auction.auction.end', auction.sellerId);
  if (auction.status === 'SOLD' || auction.status === 'UNSOLD') return auction;
  if (auction.status !== 'OPEN') throw new Conflict(`A lot that is ${auction.status} cannot be closed.`);
  const now = await databaseTime(tx);
  await close(tx, auction, now < auction.endsAt ? now : auction.endsAt);
  return auction;
}
