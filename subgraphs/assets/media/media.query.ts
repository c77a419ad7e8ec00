import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { Media } from './media.entity.ts';
import { mediaVisible } from './media.policy.ts';
import { MediaType } from './media.type.ts';

/** Media of one asset at most: a catalogue entry with every detail photographed, and few enough to come in one answer. */
export const mediaAtMost = 50;

export const mediaItems = noun<Media>({
  name: 'Media',
  prefix: 'med',
  entity: Media,
  type: () => MediaType,
  audience: 'self',
  visible: mediaVisible,
  filter: {},
  sort: ['createdAt'],
});

const ofAsset = Symbol('media of an asset');

/** The media of an asset that the actor sees, in their order. All assets of one turn are one statement. */
export function mediaOf(context: Context, assetId: string): Promise<Media[]> {
  return context
    .loader<Media[]>(ofAsset, () => new DataLoader((ids) => byAssets(context, ids), { maxBatchSize: 1000 }))
    .load(assetId);
}

async function byAssets(context: Context, assetIds: readonly string[]): Promise<Media[][]> {
  const rows = await context.em.find(
    Media,
    { asset: { $in: [...assetIds] }, detachedAt: null },
    { orderBy: { position: 'asc', id: 'asc' } },
  );
  const byAsset = new Map<string, Media[]>();
  for (const row of rows) byAsset.set(row.asset.id, [...(byAsset.get(row.asset.id) ?? []), row]);
  return assetIds.map((id) => byAsset.get(id) ?? []);
}
