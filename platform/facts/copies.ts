import type { JetStreamManager } from '@nats-io/jetstream';
import type { Database } from '../database/database.ts';
import { copiesStream } from './carried.ts';
import type { StampedFact } from './fact.ts';

/** The last message that was stored here; 0 if the stream was created anew, because its numbers begin again. */
export async function readReceived(database: Database, holder: string, manager: JetStreamManager): Promise<number> {
  const { created } = await manager.streams.info(copiesStream);
  const [row] = await database.query<{ received: string }>(
    `update facts.carried set received = case when stream = $1 then received else 0 end, stream = $1
     where holder = $2 returning received`,
    [created, holder],
  );
  return Number(row?.received ?? 0);
}

/** Records that all messages up to this one were skipped. False if another process holds the lease. */
export async function passMessages(database: Database, holder: string, sequence: number): Promise<boolean> {
  const rows = await database.query(
    'update facts.carried set received = $1 where holder = $2 and received < $1 returning 1',
    [sequence, holder],
  );
  return rows.length > 0;
}

/** Writes a copy and records its message, atomically. Not `mine` if another process holds the lease. */
export async function writeCopy(
  database: Database,
  holder: string,
  { fact, origin, sequence }: { fact: StampedFact; origin: string; sequence: number },
): Promise<{ mine: boolean; copied: boolean }> {
  const [row] = await database.query<{ mine: boolean; copied: boolean }>(
    `with mine as (
      update facts.carried set received = $17 where holder = $18 and received < $17 returning 1
    ), copied as (
      insert into facts.log (id, os, type, v, key, key_seq, at, actor, on_behalf_of, acting_for, universe_id, correlation_id,
        causation_id, traceparent, payload, origin)
      select $1, $2, $3, $4::int, $5, $6::bigint, $7::timestamptz, $8, $9, $10, $11, $12, $13, $14, $15::jsonb, $16 from mine
      on conflict (id) do nothing returning 1
    )
    select exists (select from mine) as mine, exists (select from copied) as copied`,
    [
      fact.id,
      fact.os,
      fact.type,
      fact.v,
      fact.key,
      fact.keySeq,
      fact.at,
      fact.actor,
      fact.onBehalfOf,
      fact.actingFor,
      fact.universe,
      fact.correlationId,
      fact.causationId,
      fact.traceparent,
      JSON.stringify(fact.payload),
      origin,
      sequence,
      holder,
    ],
  );
  return { mine: row?.mine ?? false, copied: row?.copied ?? false };
}
