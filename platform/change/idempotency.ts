import { createHash } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { sqlIn } from '../database/sql.ts';
import { Conflict, Invalid } from '../errors/errors.ts';
import { Spoiled, type Call, type Outcome } from './call.ts';
import { circumstancesOf } from './circumstances.ts';
import { canonical } from './difference.ts';

/**
 * Takes the idempotency keys of the calls; a key already taken answers its stored outcome. Waits for a call in flight. It is one
 * statement for any number of calls, and one more if a key is known. Keys are taken in sorted order, so that two groups never
 * deadlock.
 */
export async function claimKeys(em: SqlEntityManager, calls: Call<unknown>[]): Promise<(Outcome<unknown> | null)[]> {
  const claims: (Outcome<unknown> | null)[] = calls.map(() => null);
  const wanted = calls.flatMap((call, n) => {
    const { idempotent } = call.run.options;
    if (!idempotent) return [];
    const { key, input } = idempotent;
    if (key.length < 1 || key.length > 200)
      throw new Spoiled(
        n,
        new Invalid('idempotencyKey: must have 1 to 200 characters.', { path: ['input', 'idempotencyKey'] }),
      );
    const circumstances = circumstancesOf(call.context.info);
    return [{ n, ...keyOf(call, key), input_hash: inputHash(input), circumstances }];
  });
  if (wanted.length === 0) return claims;
  const fresh = await sqlIn<{ actor: string; key: string }>(
    em,
    `insert into facts.idempotency (actor, mutation, key, input_hash, circumstances)
     select actor, mutation, key, input_hash, circumstances
     from jsonb_to_recordset($1::jsonb) as k(actor text, mutation text, key text, input_hash text, circumstances text)
     order by actor, mutation, key on conflict do nothing returning actor, key`,
    [JSON.stringify(wanted)],
  );
  const taken = new Set(fresh.map(({ actor, key }) => `${actor}\n${key}`));
  const repeated = wanted.filter(({ actor, key }) => !taken.has(`${actor}\n${key}`));
  if (repeated.length === 0) return claims;
  const known = await sqlIn<{ n: number; input_hash: string; circumstances: string; result_id: string }>(
    em,
    `select k.n, i.input_hash, i.circumstances, i.result_id
     from jsonb_to_recordset($1::jsonb) as k(n int, actor text, mutation text, key text)
     join facts.idempotency i using (actor, mutation, key)`,
    [JSON.stringify(repeated)],
  );
  const byCall = new Map(known.map((row) => [row.n, row]));
  const path = ['input', 'idempotencyKey'];
  for (const { n, input_hash, circumstances } of repeated) {
    const row = byCall.get(n);
    if (!row || row.input_hash !== input_hash)
      throw new Spoiled(n, new Conflict('This idempotency key was used with another input.', { path }));
    if (row.circumstances !== circumstances)
      throw new Spoiled(
        n,
        new Conflict(
          'This idempotency key was used in other circumstances: for another organization, through another actor, or with a key of other scopes.',
          { path },
        ),
      );
    claims[n] = { kind: 'again', resultId: row.result_id };
  }
  return claims;
}

/** Stores the id of each result beside its key, in one statement; a refused call releases its key. */
export async function recordResults(
  em: SqlEntityManager,
  calls: Call<unknown>[],
  outcomes: Outcome<unknown>[],
): Promise<void> {
  const done: object[] = [];
  const refused: object[] = [];
  for (const [n, call] of calls.entries()) {
    const { idempotent } = call.run.options;
    const outcome = outcomes[n];
    if (!idempotent || !outcome || outcome.kind === 'again') continue;
    const row = keyOf(call, idempotent.key);
    if (outcome.kind === 'done') done.push({ ...row, input_hash: '', result_id: idempotent.resultId(outcome.result) });
    else refused.push(row);
  }
  if (done.length > 0)
    await sqlIn(
      em,
      // An upsert, since it always uses the key's index; an update with a join is planned by an estimate of the row count.
      `insert into facts.idempotency (actor, mutation, key, input_hash, result_id)
       select actor, mutation, key, input_hash, result_id
       from jsonb_to_recordset($1::jsonb) as k(actor text, mutation text, key text, input_hash text, result_id text)
       on conflict (actor, mutation, key) do update set result_id = excluded.result_id`,
      [JSON.stringify(done)],
    );
  if (refused.length > 0)
    await sqlIn(
      em,
      `delete from facts.idempotency i using jsonb_to_recordset($1::jsonb) as k(actor text, mutation text, key text)
       where i.actor = k.actor and i.mutation = k.mutation and i.key = k.key`,
      [JSON.stringify(refused)],
    );
}

function keyOf(call: Call<unknown>, key: string): { actor: string; mutation: string; key: string } {
  return { actor: call.context.actorId, mutation: call.declaration.name, key };
}

function inputHash(input: unknown): string {
  return createHash('sha256').update(canonical(input)).digest('base64url');
}
