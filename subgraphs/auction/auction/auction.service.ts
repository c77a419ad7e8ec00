import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { exponentOf, moneyOf, type MoneyInput } from '../../../platform/scalars/money.ts';
import { AuctionAsset } from '../asset/auction-asset.entity.ts';
import { incrementsFault, publishedIncrements, type Increment } from '../bid/increments.policy.ts';
import type { Auction, StoredIncrement } from './auction.entity.ts';

/** A lot ends at most this far ahead, in milliseconds: 400 days. */
const aheadAtMost = 400 * 24 * 3600 * 1000;

/** The minor units of an amount. INVALID for another currency than the lot's, and unless it is more than zero. */
export function minorOf(input: MoneyInput, currency: string, path: string[]): bigint {
  const field = path.slice(1).join('.');
  if (input.currency !== currency)
    throw new Invalid(`${field}.currency: this lot is sold in ${currency}, not ${input.currency}.`, {
      path: [...path, 'currency'],
    });
  const minor = BigInt(moneyOf(input, path).minor);
  if (minor <= 0n) throw new Invalid(`${field}.amount: must be more than zero.`, { path: [...path, 'amount'] });
  return minor;
}

/** Reads optional amounts of an input. */
export function amountsIn(currency: string): (input: MoneyInput | null | undefined, field: string) => bigint | null {
  return (input, field) => (input ? minorOf(input, currency, ['input', ...field.split('.')]) : null);
}

/** The given bands, by default the published ones. */
export function incrementsOf(
  given: readonly { from: string; step: string }[] | undefined,
  currency: string,
): StoredIncrement[] {
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

/** Refuses contradictory terms with INVALID and the path of the later field. */
export function checkTerms({ format, startPrice, reserve, buyNowPrice, floorPrice, softCloseSeconds }: Auction): void {
  const least = reserve ?? startPrice;
  const fault = (field: string, message: string): Invalid => new Invalid(message, { path: ['input', field] });
  if (format !== 'ENGLISH' && softCloseSeconds > 0)
    throw fault('softCloseSeconds', 'softCloseSeconds: only an English auction can have a soft close; it must be 0.');
  if (typeof reserve === 'bigint') {
    if (format === 'DUTCH')
      throw fault('reserve', 'reserve: not allowed in a Dutch auction; use its floor price instead.');
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

/** A lot with an opening time is announced at once, so its asset must be public. */
export function checkOpening(
  asset: AuctionAsset,
  { opensAt, endsAt }: { opensAt: Date; endsAt: Date },
  now: Date,
  field = 'opensAt',
): void {
  const path = ['input', field];
  if (opensAt <= now)
    throw new Invalid('opensAt: must be in the future. To open the lot now, use `auctionOpen`.', { path });
  if (opensAt >= endsAt) throw new Invalid(`${field}: the lot must open before it ends.`, { path });
  if (!asset.isPublished())
    throw new Conflict('opensAt: a lot with an opening time is announced at once. Publish its asset first.', {
      path,
    });
}

/** The asset if the actor may sell it; NOT_FOUND for one that the actor cannot see. */
export async function sellable(tx: Transaction, assetId: string): Promise<AuctionAsset> {
  const path = ['input', 'assetId'];
  // A concurrent change of the title waits for this lock, and then finds the new lot.
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
