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
 * The caller needs the permission for new parts as well, but not for existing ones, which may have another owner now. The number of
 * statements is constant.
 */
export const assetArrange = mutationOf(assets, 'assetArrange', {
  access: 'assets.asset.arrange',
  description: 'Sets the parts of an asset, in order; replaces the existing list. Idempotent.',
  errors:
    'NOT_FOUND, FORBIDDEN if the viewer may not arrange the asset or a new part, INVALID for a cycle or more than four levels',
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
    if (twice >= 0) throw new Invalid('partIds: this part is given twice.', { path: at(twice) });
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
