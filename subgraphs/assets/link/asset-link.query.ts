import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import { AssetLink } from './asset-link.entity.ts';

const loaderKey = Symbol('links');
/** The links of an asset, the oldest first. All look-ups of one turn are one statement. */
export function linksOf(context: Context, assetId: string): Promise<AssetLink[]> {
  const load = async (ids: readonly string[]): Promise<AssetLink[][]> => {
    const rows = await context.em.find(AssetLink, { assetId: { $in: [...ids] } }, { orderBy: { id: 'asc' } });
    const links = new Map<string, AssetLink[]>(ids.map((id) => [id, []]));
    for (const row of rows) links.get(row.assetId)?.push(row);
    return ids.map((id) => links.get(id) ?? []);
  };
  return context.loader<AssetLink[]>(loaderKey, () => new DataLoader(load)).load(assetId);
}
