import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';

/** Levels of organizations: a group, its companies, their brands, and two more. */
const levelsAtMost = 5;

/**
 * Serializes moves and closings of organizations until the commit: two that are each valid alone could together create a cycle, or leave
 * an organization below a closed one.
 */
export async function lockTree(tx: Transaction): Promise<void> {
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('identity.actor.parent ' || $1, 0))`, [
    tx.universe,
  ]);
}

/** Checks that an organization may be placed under another: permission over both, no cycle, at most five levels. */
export async function checkParent(tx: Transaction, actor: Actor, parentId: string): Promise<void> {
  const path = ['input', 'parentId'];
  await lockTree(tx);
  const parent = tx.found(await tx.em.findOne(Actor, { id: parentId, kind: 'ORGANIZATION', closedAt: null }), path);
  tx.must('identity.actor.update', parent.id);
  const [tree] = await sqlIn<{ above: number; below: number; circle: boolean }>(
    tx.em,
    `with recursive up as (
      select id, owner_id, 1 as n from identity.actors where id = $1
      union all select a.id, a.owner_id, up.n + 1 from identity.actors a join up on a.id = up.owner_id
      where a.universe_id = $3 and up.n < 20
    ), down as (
      select id, 1 as n from identity.actors where id = $2
      union all select a.id, down.n + 1 from identity.actors a join down on a.owner_id = down.id
      where a.universe_id = $3 and a.kind = 'ORGANIZATION' and down.n < 20
    )
    select (select max(n) from up) as above, (select max(n) from down) as below,
      exists (select 1 from up where id = $2) as circle`,
    [parentId, actor.id, tx.universe],
  );
  if (!tree || tree.circle) throw new Invalid('parentId: an organization cannot be its own ancestor.', { path });
  if (tree.above + tree.below > levelsAtMost)
    throw new Invalid(`parentId: organizations have at most ${levelsAtMost} levels.`, { path });
}
