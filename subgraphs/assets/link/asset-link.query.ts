import DataLoader from 'dataloader';
import type { FilterQuery } from '@mikro-orm/postgresql';
import type { Context } from '../../../platform/context/context.ts';
import { noun, type Connection, type ListArgs } from '../../../platform/nouns/noun.ts';
import { AssetLink, AssetLinkKind, AssetLinkStatus, linksAtMost } from './asset-link.entity.ts';
import { assetLinkOwned, assetLinkVisible } from './asset-link.policy.ts';
import { AssetLinkType } from './asset-link.type.ts';

export const assetLinks = noun<AssetLink>({
  name: 'AssetLink',
  prefix: 'aln',
  entity: AssetLink,
  type: () => AssetLinkType,
  audience: 'self',
  visible: assetLinkVisible,
  filter: { kind: AssetLinkKind, status: AssetLinkStatus, targetOwnerId: 'id', createdAt: 'time' },
  sort: ['createdAt'],
});

/** A page of the links at one end of which is something of the viewer's; an operator sees others in `assetLinks`, and owns none of them. */
export function viewerLinksOf(context: Context, args: ListArgs): Promise<Connection<AssetLink>> {
  return assetLinks.list(context, args, assetLinkOwned(context.actor));
}

const loaderKey = Symbol('links');

/** The links of an asset that the viewer sees, the oldest first, without declined ones. All look-ups of one turn are one statement. */
export function linksOf(context: Context, assetId: string): Promise<AssetLink[]> {
  const load = async (ids: readonly string[]): Promise<AssetLink[][]> => {
    const also = { asset: { $in: [...ids] }, status: { $ne: 'DECLINED' } } as FilterQuery<AssetLink>;
    const where = assetLinks.where(context, {}, also);
    const rows = where === null ? [] : await context.em.find(AssetLink, where, { orderBy: { id: 'asc' } });
    const links = new Map<string, AssetLink[]>(ids.map((id) => [id, []]));
    for (const row of rows) links.get(row.asset.id)?.push(row);
    return ids.map((id) => links.get(id)?.slice(0, linksAtMost) ?? []);
  };
  return context.loader<AssetLink[]>(loaderKey, () => new DataLoader(load)).load(assetId);
}
