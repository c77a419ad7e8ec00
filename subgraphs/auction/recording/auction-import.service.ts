import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { exponentOf } from '../../../platform/scalars/money.ts';
import { AuctionAsset } from '../asset/auction-asset.entity.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.noun.ts';
import { minorOf } from '../auction/auction.service.ts';
import { databaseTime, lotOf, moneyFact } from '../auction/lot.service.ts';
import { wordsOf } from '../auction/words.service.ts';
import { bids } from '../bid/bid.noun.ts';
import { publishedIncrements } from '../bid/increments.policy.ts';
import { auctionImported } from '../events.ts';
import { bidsAtMost, type AuctionImportLot } from './auction-import.input.ts';
import { ImpossibleRecord, replayed, type RecordedAuction, type Replayed } from './recorded-auction.policy.ts';

/** A lot of the input, its record and its outcome by the rules. */
export interface ReadLot {
  given: AuctionImportLot;
  record: RecordedAuction;
  outcome: Replayed;
}

/** Reads the lots of a call and replays them, before the transaction. INVALID with the path of the first fault. */
export function readLots(lots: readonly AuctionImportLot[]): ReadLot[] {
  const count = lots.reduce((sum, { bids }) => sum + bids.length, 0);
  if (count > bidsAtMost)
    throw new Invalid(`lots: a call takes at most ${bidsAtMost} bids, not ${count}.`, { path: ['input', 'lots'] });
  return lots.map((given, n) => {
    const path = ['input', 'lots', String(n)];
    const { currency } = given.startPrice;
    const startPrice = minorOf(given.startPrice, currency, [...path, 'startPrice']);
    const reserve = given.reserve ? minorOf(given.reserve, currency, [...path, 'reserve']) : null;
    if (reserve !== null && reserve < startPrice)
      throw new Invalid('reserve: must not be below the start price.', { path: [...path, 'reserve'] });
    const record: RecordedAuction = {
      terms: { startPrice, reserve, increments: publishedIncrements(exponentOf(currency)) },
      sellerId: given.sellerId,
      openedAt: given.openedAt,
      endsAt: given.endsAt,
      softCloseSeconds: given.softCloseSeconds,
      cancelledAt: given.cancelledAt ?? null,
      bids: given.bids.map(({ bidderId, amount, placedAt }, at) => ({
        bidderId,
        maximum: minorOf({ amount, currency }, currency, [...path, 'bids', String(at)]),
        placedAt,
      })),
    };
    try {
      return { given, record, outcome: replayed(record) };
    } catch (error) {
      if (!(error instanceof ImpossibleRecord)) throw error;
      throw new Invalid(error.message, { path: [...path, ...error.path] });
    }
  });
}

/**
 * Records past auctions. Assets keep their owners, which only the assets OS can change. The number of statements does not depend on the
 * lots, up to the ORM's batches of 300 rows.
 */
export async function importLots(tx: Transaction, source: string, lots: readonly ReadLot[]): Promise<Auction[]> {
  tx.must('auction.auction.import', null);
  const now = await databaseTime(tx);
  // A concurrent change of a title waits for this lock, and then finds the new lots.
  const known = await tx.em.find(
    AuctionAsset,
    { id: { $in: lots.map(({ given }) => given.assetId) } },
    { lockMode: LockMode.PESSIMISTIC_READ, orderBy: { id: 'asc' } },
  );
  const assets = new Map(known.map((asset) => [asset.id, asset]));
  return lots.map((lot, n) => {
    const path = ['input', 'lots', String(n)];
    const asset = assets.get(lot.given.assetId);
    if (!asset)
      throw new NotFound('assetId: there is no such asset, or it is so new that it is not known here yet.', {
        path: [...path, 'assetId'],
      });
    if (lot.outcome.endsAt > now)
      throw new Invalid('endsAt: must be in the past; only auctions that have ended can be recorded.', {
        path: [...path, 'endsAt'],
      });
    return recorded(tx, source, asset, lot);
  });
}

function recorded(tx: Transaction, source: string, asset: AuctionAsset, { given, record, outcome }: ReadLot): Auction {
  const { currency } = given.startPrice;
  const { status, standing, endsAt, endedAt, winnerId } = outcome;
  const title = asset.shownTitle();
  const numbered = outcome.bids.filter(({ hidden }) => !hidden).length;
  const auction = auctions.create(tx, {
    createdAt: given.openedAt,
    assetId: given.assetId,
    sellerId: given.sellerId,
    createdBy: tx.actorId,
    barred: [given.sellerId],
    format: 'ENGLISH',
    status,
    description: given.description ?? null,
    currency,
    startPrice: record.terms.startPrice,
    reserve: record.terms.reserve,
    increments: record.terms.increments.map(({ from, step }) => [from.toString(), step.toString()]),
    softCloseSeconds: given.softCloseSeconds,
    title,
    words: wordsOf({ title, description: given.description }),
    announcedAt: tx.now(),
    openedAt: given.openedAt,
    endsAt,
    endedAt,
    // The record does not say who paid, so nothing is owed.
    price: standing.price,
    leaderId: standing.leader?.bidderId ?? null,
    leaderMaximum: standing.leader?.maximum ?? null,
    leaderMaximumBy: standing.leader ? tx.actorId : null,
    winnerId,
    reserveReached: outcome.reserveReached,
    bidCount: numbered,
    numbered,
    sequence: outcome.bids.length,
  });
  let number = 0;
  const made = outcome.bids.map(({ price, hidden, ...bid }, n) =>
    bids.create(tx, {
      ...bid,
      createdAt: bid.placedAt,
      auctionId: auction.id,
      placedBy: tx.actorId,
      sequence: n + 1,
      number: hidden ? 0 : (number += 1),
      hidden,
      amount: price,
      currency,
    }),
  );
  auction.leaderBidId = outcome.leadingBid === null ? null : (made[outcome.leadingBid]?.id ?? null);
  tx.emit(auctionImported, auction.id, {
    ...lotOf(auction),
    source,
    openedAt: given.openedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    bidCount: numbered,
    winnerId,
    price: status === 'SOLD' && standing.price !== null ? moneyFact(standing.price, currency) : null,
  });
  return auction;
}
