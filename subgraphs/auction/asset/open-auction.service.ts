import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import { Auction } from '../auction/auction.entity.ts';

/** The open lot of an asset: there is one at most. For however many assets it is one statement. */
export function openAuction(context: Context, assetId: string): Promise<Auction | null> {
  return context.loader<Auction | null>(openAuction, () => new DataLoader((ids) => openOf(context, ids))).load(assetId);
}

async function openOf(context: Context, assetIds: readonly string[]): Promise<(Auction | null)[]> {
  const open = await context.em.find(Auction, { assetId: { $in: [...assetIds] }, status: 'OPEN' });
  const byAsset = new Map(open.map((auction) => [auction.assetId, auction]));
  return assetIds.map((id) => byAsset.get(id) ?? null);
}
