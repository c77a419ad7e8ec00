import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Auction } from '../auction/auction.entity.ts';

/** The open lot of an asset, of which there is at most one. One statement for all assets of an answer. */
export async function openAuction(context: Context, assetId: string): Promise<Auction | null> {
  const open = await batched(context, openAuction, assetId, async (assetIds) => {
    const found = await context.em.find(Auction, { assetId: { $in: assetIds }, status: 'OPEN' });
    return new Map(found.map((lot) => [lot.assetId, lot]));
  });
  return open ?? null;
}
