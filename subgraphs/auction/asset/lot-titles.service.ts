import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { portions } from '../../../platform/work/portions.ts';
import { Auction } from '../auction/auction.entity.ts';
import { wordsOf } from '../auction/words.service.ts';
import { AuctionAsset } from './auction-asset.entity.ts';

/** Lots of one transaction, which may take two seconds. If an asset has more, the worker does the rest. */
const lotsAtOnce = 200;

/** Copies the public title of a locked asset to its lots, which are searched by it. */
export async function titleLots(tx: Transaction, asset: AuctionAsset): Promise<void> {
  const title = asset.shownTitle();
  const others = { assetId: asset.id, title: { $ne: title } };
  const lots = await tx.em.find(Auction, others, { orderBy: { id: 'asc' }, limit: lotsAtOnce });
  for (const lot of lots) {
    lot.title = title;
    lot.words = wordsOf(lot);
  }
  asset.lotsDue = lots.length === lotsAtOnce;
}

/** Updates the lots that the reaction has left. */
export const lotTitles = portions({
  name: 'auction.lotTitles',
  due: ({ database }, after, limit) =>
    database.query<{ id: string; universe: string }>(
      `select id, universe_id as universe from auction.assets where lots_due and id > $1 order by id limit $2`,
      [after, limit],
    ),
  async portion(tx, { id }) {
    const asset = await tx.em.findOne(AuctionAsset, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (asset?.lotsDue) await titleLots(tx, asset);
    return asset?.lotsDue ?? false;
  },
});
