import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { WorkLoop } from '../../../platform/work/loop.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { Auction } from '../auction/auction.entity.ts';
import { wordsOf } from '../auction/words.service.ts';
import { AuctionAsset } from './auction-asset.entity.ts';

/** Lots of one transaction, which has two seconds; of an asset with more the worker does the others. */
const lotsAtOnce = 200;

/** Assets of one page. */
const assetsAtOnce = 100;

/** Gives lots of an asset, whose row is locked, the title that everybody reads of it: lots are found by that, and by nothing else. */
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

/** Gives the title of an asset to those of its lots that the reaction left. */
export function lotTitles({ database, clock, log, transaction }: Workplace): Worker {
  const loop = new WorkLoop({
    name: 'auction.lotTitles',
    clock,
    log,
    work: async (closing) => {
      const failures: unknown[] = [];
      let after = '';
      for (;;) {
        const due = await database.query<{ id: string; universe: string }>(
          `select id, universe_id as universe from auction.assets where lots_due and id > $1 order by id limit ${assetsAtOnce}`,
          [after],
        );
        for (const { id, universe } of due) {
          let more = true;
          const portion = async (tx: Transaction): Promise<void> => {
            const asset = await tx.em.findOne(AuctionAsset, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
            if (asset?.lotsDue) await titleLots(tx, asset);
            more = asset?.lotsDue ?? false;
          };
          try {
            while (more && !closing.aborted) await transaction('auction.lotTitles', universe, portion);
          } catch (error) {
            // One that cannot be written keeps none of the others waiting.
            failures.push(error);
          }
        }
        after = due.at(-1)?.id ?? '';
        if (closing.aborted || due.length < assetsAtOnce) break;
      }
      // The loop tells of it, and tries again.
      if (failures.length > 0) throw failures[0];
      return null;
    },
  });
  return { start: () => loop.wake(), settled: () => loop.settled(), close: () => loop.close() };
}
