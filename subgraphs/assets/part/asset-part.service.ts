import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { assetArranged } from '../events.ts';
import { AssetPart, levelsAtMost } from './asset-part.entity.ts';

/**
 * Says what an asset is made of, in order. New parts must be the actor's to arrange as well; those that were there may have
 * gone to somebody else since. The number of statements does not depend on the parts.
 */
export async function assetArrange(tx: Transaction, input: { assetId: string; partIds: string[] }): Promise<Asset> {
  const { assetId, partIds } = input;
  // Two arrangements at once could each close half of a circle that neither sees.
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('assets.parts ' || $1, 0))`, [tx.universe]);
  const asset = tx.found(await assets.lock(tx, assetId), ['input', 'assetId']);
  tx.must('assets.asset.arrange', asset.ownerId);
  const twice = partIds.findIndex((id, n) => partIds.indexOf(id) !== n);
  if (twice >= 0) throw new Invalid('This part stands there twice.', { path: at(twice) });
  const rows = await tx.em.find(AssetPart, { wholeId: assetId }, { orderBy: { place: 'asc' } });
  const previousPartIds = rows.map(({ partId }) => partId);
  if (partIds.join() === previousPartIds.join()) return asset;
  const fresh = partIds.filter((id) => !previousPartIds.includes(id));
  await checkParts(tx, partIds, fresh);
  await checkShape(tx, assetId, fresh);
  const known = new Map(rows.map((row) => [row.partId, row]));
  const now = tx.now();
  for (const row of rows) if (!partIds.includes(row.partId)) tx.em.remove(row);
  for (const [place, partId] of partIds.entries()) {
    const row = known.get(partId);
    if (row && row.place !== place) Object.assign(row, { place, updatedAt: now });
    if (row) continue;
    const made = { id: newId('apt'), universeId: tx.universe, createdAt: now, updatedAt: now };
    tx.em.persist(tx.em.create(AssetPart, { ...made, wholeId: assetId, partId, place }));
  }
  tx.emit(assetArranged, assetId, { assetId, ownerId: asset.ownerId, partIds, previousPartIds });
  return asset;
}

const at = (place: number): string[] => ['input', 'partIds', String(place)];

async function checkParts(tx: Transaction, partIds: readonly string[], fresh: readonly string[]): Promise<void> {
  if (fresh.length === 0) return;
  // Locked, so that none of them goes to somebody else meanwhile; in the order of ids, as everybody locks several.
  const found = new Map((await assets.lockAll(tx, fresh)).map((part) => [part.id, part]));
  for (const id of fresh) {
    const part = found.get(id);
    const path = at(partIds.indexOf(id));
    if (!part) throw new NotFound('There is no such asset.', { path });
    if (!tx.can('assets.asset.arrange', part.ownerId))
      throw new Forbidden('This asset is not yours to make a part of another.', { path });
  }
}

/** No circle, and not too many levels: counted up from the whole and down from the new parts, in one statement. */
async function checkShape(tx: Transaction, wholeId: string, fresh: readonly string[]): Promise<void> {
  if (fresh.length === 0) return;
  const [shape] = await sqlIn<{ circle: string | null; above: number; below: number }>(
    tx.em,
    `with recursive up(id, level) as (
       select $1::text collate "C", 1
       union select p.whole_id, up.level + 1 from up join assets.asset_parts p on p.part_id = up.id where up.level <= $3
     ), down(id, level) as (
       select f collate "C", 1 from unnest($2::text[]) f
       union select p.part_id, down.level + 1 from down join assets.asset_parts p on p.whole_id = down.id where down.level <= $3
     )
     select (select min(up.id) from up where up.id = any($2)) as circle,
       (select max(level) from up) as above, (select max(level) from down) as below`,
    [wholeId, fresh, levelsAtMost],
  );
  if (shape?.circle)
    throw new Invalid('An asset cannot be part of itself, nor of its own parts.', { path: ['input', 'partIds'] });
  if (shape && shape.above + shape.below > levelsAtMost)
    throw new Invalid(`Parts have at most ${levelsAtMost} levels.`, { path: ['input', 'partIds'] });
}
