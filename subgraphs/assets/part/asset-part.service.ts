import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { assets } from '../asset/asset.noun.ts';
import { levelsAtMost } from './asset-part.entity.ts';

/** Serializes arrangements, because two simultaneous ones could together create a cycle. */
export async function lockParts(tx: Transaction): Promise<void> {
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('assets.parts ' || $1, 0))`, [tx.universe]);
}

export const at = (place: number): string[] => ['input', 'partIds', String(place)];

/** Throws unless the caller may arrange the new parts. */
export async function checkParts(tx: Transaction, partIds: readonly string[], fresh: readonly string[]): Promise<void> {
  if (fresh.length === 0) return;
  // Locked in the order of ids, so that none of them gets another owner meanwhile.
  const found = new Map((await assets.lockAll(tx, fresh)).map((part) => [part.id, part]));
  for (const id of fresh) {
    const part = found.get(id);
    const path = at(partIds.indexOf(id));
    if (!part) throw new NotFound('There is no such asset.', { path });
    if (!tx.can('assets.asset.arrange', part.ownerId))
      throw new Forbidden('You may not make this asset a part of another.', { path });
  }
}

/** Checks for cycles and for too many levels, up from the whole and down from the new parts, in one statement. */
export async function checkShape(tx: Transaction, wholeId: string, fresh: readonly string[]): Promise<void> {
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
    throw new Invalid('partIds: an asset cannot be part of itself, nor of its own parts.', {
      path: ['input', 'partIds'],
    });
  if (shape && shape.above + shape.below > levelsAtMost)
    throw new Invalid(`partIds: parts have at most ${levelsAtMost} levels.`, { path: ['input', 'partIds'] });
}
