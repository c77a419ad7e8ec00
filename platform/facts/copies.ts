import type { JetStreamManager } from '@nats-io/jetstream';
import type { Database } from '../database/database.ts';
import { copiesStream, keepNanos } from './carried.ts';
import type { StampedFact } from './fact.ts';

/** The header with the id of a message: published again, a fact has another one, so that the same number is not the same message. */
export const sendingHeader = 'Sending-Id';

/** A message of the stream: its number and its id; '' for those of older versions and of others. */
export interface Mark {
  sequence: number;
  id: string;
}

/** SQL: remembers a message as the newest one known to be in the stream, if it is. */
const remember = (sequence: string, id: string): string =>
  `newest = greatest(newest, ${sequence}), newest_id = case when ${sequence} > newest then ${id} else newest_id end`;

/**
 * Compares the stream with the newest message that this database knows to be in it. If NATS has lost it (a restored store, a power
 * failure, a new stream), everything that NATS keeps is received again, and all own facts of that time are published again: known ids
 * are recognised. Returns whether that is so.
 */
export async function compareStream(database: Database, holder: string, manager: JetStreamManager): Promise<boolean> {
  const { created, state } = await manager.streams.info(copiesStream);
  const [row] = await database.query<{ stream: string | null; newest: string; newest_id: string | null }>(
    'select stream, newest, newest_id from facts.carried',
  );
  const known = { sequence: Number(row?.newest ?? 0), id: row?.newest_id ?? '' };
  const isKept = async (): Promise<boolean> => {
    if (known.sequence > state.last_seq) return false;
    if (known.id === '' || known.sequence < state.first_seq) return true;
    const message = await manager.streams.getMessage(copiesStream, { seq: known.sequence });
    return !message || message.header.get(sendingHeader) === known.id;
  };
  const before = row?.stream ?? null;
  if (before === created && (await isKept())) return false;
  const isLost = before !== null;
  await database.query(
    `update facts.carried set received = case when $3 then 0 else received end, newest = 0, newest_id = null, stream = $1,
       position = case when $3 then least(position, (
         select min(l.position) - 1 from facts.log l where l.origin is null and l.at > now() - $4 * interval '1 second'
       )) else position end
     where holder = $2`,
    [created, holder, isLost, keepNanos / 1e9],
  );
  return isLost;
}

/** The last message that was stored here. */
export async function readReceived(database: Database): Promise<number> {
  const [row] = await database.query<{ received: string }>('select received from facts.carried');
  return Number(row?.received ?? 0);
}

/**
 * Records that own facts up to a position were published, the last of them as this message. False if the progress was set back
 * meanwhile, because NATS has lost messages.
 */
export async function passFacts(
  database: Database,
  { after, upTo }: { after: string; upTo: string },
  { sequence, id }: Mark,
): Promise<boolean> {
  const rows = await database.query(
    `update facts.carried set position = $2, ${remember('$3::bigint', '$4')} where position = $1 returning 1`,
    [after, upTo, sequence, id],
  );
  return rows.length > 0;
}

/** Records that all messages up to this one were skipped. False if another process holds the lease. */
export async function passMessages(database: Database, holder: string, { sequence, id }: Mark): Promise<boolean> {
  const rows = await database.query(
    `update facts.carried set received = $1::bigint, ${remember('$1::bigint', '$3')}
     where holder = $2 and received < $1::bigint returning 1`,
    [sequence, holder, id],
  );
  return rows.length > 0;
}

/** Writes a copy and records its message, atomically. Not `mine` if another process holds the lease. */
export async function writeCopy(
  database: Database,
  holder: string,
  { fact, origin, mark }: { fact: StampedFact; origin: string; mark: Mark },
): Promise<{ mine: boolean; copied: boolean }> {
  const [row] = await database.query<{ mine: boolean; copied: boolean }>(
    `with mine as (
      update facts.carried set received = $17::bigint, ${remember('$17::bigint', '$19')}
      where holder = $18 and received < $17::bigint returning 1
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
      mark.sequence,
      holder,
      mark.id,
    ],
  );
  return { mine: row?.mine ?? false, copied: row?.copied ?? false };
}
