import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { Issue } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { BusinessKind, CloseBlocker } from './open-business.entity.ts';

/** Blockers that are listed; there may be more. */
const namedAtMost = 100;

/** Records an obligation of this actor, in place of the actor that had it before. */
export async function businessOpened(
  tx: Transaction,
  kind: BusinessKind,
  subjectId: string,
  actorId: string,
): Promise<void> {
  await sqlIn(
    tx.em,
    `insert into identity.open_business (id, universe_id, created_at, updated_at, kind, subject_id, actor_id)
     values ($1, $2, $3, $3, $4, $5, $6)
     on conflict (subject_id, kind) do update set actor_id = excluded.actor_id, updated_at = excluded.updated_at`,
    [newId('obs'), tx.universe, tx.now(), kind, subjectId, actorId],
  );
}

/** Ends the obligations of these kinds. */
export async function businessEnded(tx: Transaction, subjectId: string, kinds: readonly BusinessKind[]): Promise<void> {
  await sqlIn(tx.em, 'delete from identity.open_business where subject_id = $1 and kind = any($2)', [subjectId, kinds]);
}

/** The path and the message of each kind in a refusal. */
const words: Record<BusinessKind, { path: string; message: string }> = {
  SELLS_LOT: { path: 'auctions', message: 'A lot is up for auction. Cancel it, or wait for its end.' },
  LEADS_LOT: { path: 'auctions', message: 'The leading bid on a lot is yours. Wait for its end.' },
  IS_OWED_FOR_LOT: { path: 'auctions', message: 'A lot was sold and is not settled. Settle it first.' },
  OWES_FOR_LOT: { path: 'auctions', message: 'A lot was won and is not settled. Pay for it first.' },
  OFFERS_ASSET: { path: 'assetTransfers', message: 'The transfer of an asset is pending. Cancel the transfer first.' },
};

/** The obligations of an actor and of its agents and services, the oldest first; at most a hundred. */
export async function blockersOf({ em }: Context, actorId: string): Promise<(CloseBlocker & { kind: BusinessKind })[]> {
  const rows = await sqlIn<{ kind: BusinessKind; subject_id: string }>(
    em,
    `select kind, subject_id from identity.open_business
     where actor_id = $1 or actor_id in (
       select id from identity.actors where owner_id = $1 and kind in ('AGENT', 'SERVICE') and closed_at is null
     )
     order by created_at, id limit ${namedAtMost}`,
    [actorId],
  );
  return rows.map(({ kind, subject_id: subjectId }) => ({
    kind,
    code: kind.toLowerCase(),
    subjectId,
    message: words[kind].message,
  }));
}

/** The same obligations as the issues of a refusal. */
export async function businessIssues(context: Context, actorId: string): Promise<Issue[]> {
  const blockers = await blockersOf(context, actorId);
  return blockers.map(({ kind, code, subjectId, message }) => ({ path: [words[kind].path, subjectId], code, message }));
}
