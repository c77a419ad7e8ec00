import { batched } from '../../../platform/context/batch.ts';
import type { FilterQuery } from '@mikro-orm/postgresql';
import type { Context } from '../../../platform/context/context.ts';
import { extend, isViewer } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { assets } from '../asset/asset.noun.ts';
import {
  addressKinds,
  AssetLink,
  AssetLinkKind,
  AssetLinkStatus,
  assetTargetKinds,
  linksAtMost,
} from './asset-link.entity.ts';
import { assetLinkOwned, assetLinkVisible } from './asset-link.policy.ts';

export const assetLinks = noun(AssetLink, {
  name: 'AssetLink',
  plural: 'assetLinks',
  prefix: 'aln',
  words: ['link', 'links'],
  description:
    'A link between an asset and another asset, a document or an address. If the target has another owner, the link is a proposal until that owner accepts it.',
  visible: assetLinkVisible,
  audience: 'visible',
  fields: (f) => ({
    id: f.id(),
    kind: f.enum(AssetLinkKind, 'The kind of target.'),
    status: f.enum(AssetLinkStatus, 'Whether the owner of the target has accepted it.'),
    source: f
      .row(() => assets, 'The linked asset. Null if the viewer cannot see it.')
      .nullable()
      .from(({ asset }, context) => assets.load(context, asset.id)),
    targetId: f
      .id('The id of the target; null for ON_CHAIN, STORAGE and WEB links, and if the viewer cannot see the target.')
      .nullable()
      .from(async ({ kind, target }, context) => {
        if (addressKinds.includes(kind)) return null;
        if (!assetTargetKinds.includes(kind)) return target;
        return (await assets.load(context, target))?.id ?? null;
      })
      .dependsOn('self'),
    targetAsset: f
      .row(
        () => assets,
        'The target of an ASSET or DOCUMENT link. Null for other kinds, and if the viewer cannot see it.',
      )
      .nullable()
      .from(({ kind, target }, context) => assets.load(context, assetTargetKinds.includes(kind) ? target : null)),
    targetOwner: f.actor('targetOwnerId', 'The owner of the target, who accepts or declines. Null for addresses.'),
    url: f
      .text('The address of an ON_CHAIN, STORAGE or WEB link; null for other kinds.')
      .nullable()
      .from(({ kind, target }) => (addressKinds.includes(kind) ? target : null)),
    relation: f
      .text('The role of the target, such as "cover" or "lead single"; at most 120 characters; null if none is given.')
      .nullable(),
    createdBy: f.actor('createdBy', 'The actor who created the link.'),
    answeredBy: f.actor(
      'answeredBy',
      'The actor who accepted or declined it; null while it is proposed, and if no acceptance was needed.',
    ),
    answeredAt: f.time('The time at which it was accepted or declined; null as for `answeredBy`.').nullable(),
    createdAt: f.time(),
    updatedAt: f.time(),
  }),
  filter: { kind: AssetLinkKind, status: AssetLinkStatus, targetOwnerId: 'id', createdAt: 'time' },
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A link by its id. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID.',
    list: 'All links that the viewer may see, the newest first. `filter: { status: { eq: PROPOSED } }` selects those that wait for an answer, by the viewer or by others. Errors: UNAUTHENTICATED, INVALID.',
  },
});

export const linksOfAsset = extend(assets, (f) => ({
  links: f
    .list<AssetLink>(
      () => assetLinks.built.type,
      'Links to other assets, documents and addresses; at most 100, oldest first. Only the owners of both ends see proposals.',
      { atMost: linksAtMost },
    )
    .from(({ id }, context) => linksOf(context, id)),
}));

export const linksOfViewer = extend('Viewer', (f) => ({
  assetLinks: f
    .page(
      () => assetLinks,
      'Links from or to assets of the viewer or of the viewer’s organizations, newest first, including proposed and declined ones. `filter: { status: { eq: PROPOSED } }` selects those that wait for an answer of either side. Errors: INVALID.',
      // Operators see the links of others as well, but do not own them.
      (_viewer, context, args) => assetLinks.list(context, args, assetLinkOwned(context.actor)),
    )
    .restrictedTo('self', isViewer),
}));

const loaderKey = Symbol('links');

/** The visible links of an asset, the oldest first, without declined ones. One statement for all assets loaded together. */
async function linksOf(context: Context, assetId: string): Promise<AssetLink[]> {
  const found = await batched(context, loaderKey, assetId, async (ids) => {
    const also = { asset: { $in: ids }, status: { $ne: 'DECLINED' } } as FilterQuery<AssetLink>;
    const where = assetLinks.where(context, {}, also);
    const rows = where === null ? [] : await context.em.find(AssetLink, where, { orderBy: { id: 'asc' } });
    const links = new Map<string, AssetLink[]>(ids.map((id) => [id, []]));
    for (const row of rows) links.get(row.asset.id)?.push(row);
    return links;
  });
  return found?.slice(0, linksAtMost) ?? [];
}
