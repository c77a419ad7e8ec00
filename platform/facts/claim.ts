import type { Database } from '../database/database.ts';
import type { StampedFact } from './fact.ts';

/**
 * Seconds for which a process holds a consumer's lease after its last batch. Other processes send no statement for the consumer in this time,
 * so it stands still for as long if its process dies.
 */
export const usualLeaseSeconds = 5;

type Sql = <T>(text: string, params: readonly unknown[]) => Promise<T[]>;

/** A consumer in one of the processes that may work for it. */
export interface Claimant {
  consumer: string;
  processId: string;
  leaseSeconds: number;
}

/** The claim of a batch before it is handled. */
export interface Claim {
  /** The consumer's checkpoint. */
  position: string;
  /** Ids of facts not handled yet; null if another process holds the lease. */
  fresh: string[] | null;
}

/**
 * Takes or renews the lease and claims the facts that this consumer has not handled. Facts behind a parked one of their key are parked
 * too; facts in the inbox are skipped.
 */
export async function claimFacts(
  sql: Sql,
  { consumer, processId, leaseSeconds }: Claimant,
  batch: readonly StampedFact[],
): Promise<Claim> {
  const [mine] = await sql<{ position: string }>(
    `update facts.checkpoints set holder = $2, until = now() + make_interval(secs => $3)
     where consumer = $1 and (holder is null or holder = $2 or until <= now()) returning position`,
    [consumer, processId, leaseSeconds],
  );
  if (!mine) {
    const [checkpoint] = await sql<{ position: string }>('select position from facts.checkpoints where consumer = $1', [
      consumer,
    ]);
    if (!checkpoint) throw new Error(`${consumer} has no checkpoint.`);
    return { position: checkpoint.position, fresh: null };
  }
  // A separate statement: its snapshot is newer than the lock, so it sees what another process has parked meanwhile.
  const [claim] = await sql<{ fresh: string[] }>(
    `with given as (
      select g.* from unnest($3::bigint[], $4::text[], $5::text[], $6::text[]) as g (position, key, fact_id, origin)
      where g.position > $2
    ), waiting as (
      select distinct p.key, p.origin from facts.parked p where p.consumer = $1
        and (p.key, p.origin) in (select key, origin from given)
    ), parking as (
      insert into facts.parked (consumer, key, origin, position, fact_id, next_at)
      select $1, g.key, g.origin, g.position, g.fact_id, now() from given g
      where (g.key, g.origin) in (select key, origin from waiting)
      on conflict do nothing
    ), inboxed as (
      insert into facts.inbox (consumer, fact_id)
      select $1, g.fact_id from given g where (g.key, g.origin) not in (select key, origin from waiting)
      on conflict do nothing returning fact_id
    )
    select coalesce(array_agg(fact_id), '{}') as fresh from inboxed`,
    [
      consumer,
      mine.position,
      batch.map(({ position }) => position),
      batch.map(({ key }) => key),
      batch.map(({ id }) => id),
      batch.map(({ origin }) => origin ?? ''),
    ],
  );
  return { position: mine.position, fresh: claim?.fresh ?? [] };
}

/**
 * The stored checkpoints of consumers at the start of a process. An embedded database belongs to this process alone: leases that are left
 * in it are those of a process that died, and are cleared, so that its consumers continue at once.
 */
export async function readCheckpoints(
  database: Database,
  consumers: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  const rows = await database.query<{ consumer: string; position: string }>(
    database.kind === 'embedded'
      ? 'update facts.checkpoints set holder = null, until = null where consumer = any($1) returning consumer, position'
      : 'select consumer, position from facts.checkpoints where consumer = any($1)',
    [consumers],
  );
  return new Map(rows.map(({ consumer, position }) => [consumer, BigInt(position)]));
}

/** The stored checkpoint, and whether the lease is free for this process. */
export async function readLease(
  database: Database,
  { consumer, processId }: Claimant,
): Promise<{ position: bigint; isFree: boolean }> {
  const [checkpoint] = await database.query<{ position: string; is_free: boolean }>(
    `select position, holder is null or holder = $2 or until <= now() as is_free from facts.checkpoints where consumer = $1`,
    [consumer, processId],
  );
  return { position: BigInt(checkpoint?.position ?? 0), isFree: checkpoint?.is_free ?? false };
}

/** Stores the progress of a batch and releases the claim of the remaining facts. */
export async function storeProgress(
  sql: Sql,
  consumer: string,
  position: bigint,
  left: readonly string[],
): Promise<void> {
  await sql(
    `with left_over as (delete from facts.inbox where consumer = $1 and fact_id = any($3))
     update facts.checkpoints set position = greatest(position, $2) where consumer = $1`,
    [consumer, String(position), left],
  );
}
