import { arg } from '../../../platform/declare/input.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import { assets } from '../asset/asset.noun.ts';
import { assetArranged } from '../events.ts';
import { AssetPart, partsAtMost } from './asset-part.entity.ts';
import { at, checkParts, checkShape, lockParts } from './asset-part.service.ts';

/**
 * New parts must be the actor's to arrange as well; those that were there may have gone to somebody else since. The number of statements
 * does not depend on the parts.
 */
export const assetArrange = mutationOf(assets, 'assetArrange', {
  access: 'assets.asset.arrange',
  description: 'Sets the parts of an asset, in order; it replaces the existing list. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN for what is not the viewer’s to arrange, INVALID for a circle or more than four levels',
  tells: [assetArranged],
  target: 'The whole: an album, a track.',
  before: lockParts,
  input: {
    partIds: arg.ids(
      'ast',
      'The complete list of parts, in order; at most 500. Existing parts that are not listed are removed.',
      { atMost: partsAtMost },
    ),
  },
  async run(tx, { id: assetId, ownerId }, { partIds }) {
    const twice = partIds.findIndex((id, n) => partIds.indexOf(id) !== n);
    if (twice >= 0) throw new Invalid('This part stands there twice.', { path: at(twice) });
    const rows = await tx.em.find(AssetPart, { wholeId: assetId }, { orderBy: { place: 'asc' } });
    const previousPartIds = rows.map(({ partId }) => partId);
    if (partIds.join() === previousPartIds.join()) return;
    const fresh = partIds.filter((id) => !previousPartIds.includes(id));
    await checkParts(tx, partIds, fresh);
    await checkShape(tx, assetId, fresh);
    const known = new Map(rows.map((row) => [row.partId, row]));
    for (const row of rows) if (!partIds.includes(row.partId)) tx.em.remove(row);
    for (const [place, partId] of partIds.entries()) {
      const row = known.get(partId);
      if (!row) createRow(tx, AssetPart, newId('apt'), { wholeId: assetId, partId, place });
      else if (row.place !== place) Object.assign(row, { place, updatedAt: tx.now() });
    }
    tx.emit(assetArranged, assetId, { assetId, ownerId, partIds, previousPartIds });
  },
});
