import { createHash } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Transaction, type Context, type Surroundings } from '../context/context.ts';
import { sqlIn } from '../database/sql.ts';
import { Conflict, Invalid, Unavailable } from '../errors/errors.ts';
import { appendFacts } from '../facts/log.ts';
import { rightsChangedBy } from '../facts/rights.ts';
import type { RootDeclaration } from '../access/declare.ts';
import { circumstancesOf } from './circumstances.ts';
import { Refusal } from './refusal.ts';
import type { Idempotent, Run } from './run.ts';
import { inTransaction } from './transaction.ts';

/** Attempts of a transaction at most, the first included; deadlocks and serialization failures are retried. */
const attemptsAtMost = 4;

/** Rounds of a group at most: each runs it without the calls that failed. Then each call gets its own transaction. */
const regroupAtMost = 3;

/**
 * Milliseconds that a grouped call waits for its turn. Including the transactions that may follow, it is answered within the
 * fifteen seconds after which a gateway reports an unknown outcome. A call that has not started after this wait is never run.
 */
const groupWait = 5000;

/** Calls that wait for one key at most. A hot lot takes a few thousand a second: more would not be served in time. */
const waitingAtMost = 2000;

/**
 * SQLSTATEs after which the same transaction may succeed: serialization failure, deadlock, and a unique key that another
 * transaction took at the same moment; the retry sees that row and refuses with a proper error.
 */
const uniqueViolation = '23505';
const retryable = new Set(['40001', '40P01', uniqueViolation]);

interface Call<R> {
  context: Context;
  declaration: RootDeclaration;
  run: Run<R>;
}

type Outcome<R> = { kind: 'done'; result: R } | { kind: 'refused'; error: Error } | { kind: 'again'; resultId: string };

/** One call of a group failed in a way that aborts the transaction for the others. */
class Spoiled extends Error {
  readonly index: number;
  readonly reason: unknown;

  constructor(index: number, reason: unknown) {
    super('a call of the group failed');
    this.index = index;
    this.reason = reason;
  }
}

interface Waiting {
  call: Call<unknown>;
  /** On the monotonic clock of this process: after this the call is rejected. */
  until: number;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Runs what mutations return: one transaction each, or one for all calls that wait for the same key. A call is answered
 * after its commit; its context is renewed first, so that the payload shows what was committed.
 */
export class Runner {
  readonly #around: Surroundings;
  readonly #limitMs: number;
  readonly #groupWaitMs: number;
  readonly #groups = new Map<string, { waiting: Waiting[]; running: boolean }>();

  constructor(around: Surroundings, options: { transactionLimitMs: number; groupWaitMs?: number | undefined }) {
    this.#around = around;
    this.#limitMs = options.transactionLimitMs;
    this.#groupWaitMs = options.groupWaitMs ?? groupWait;
  }

  async run<R>(context: Context, declaration: RootDeclaration, run: Run<R>): Promise<R> {
    const call: Call<R> = { context, declaration, run };
    const group = run.options.group;
    if (!group) return this.#answer(call, await this.#alone(call));
    return this.#grouped(`${declaration.name}\n${context.universe}\n${group.key}`, group.max, call);
  }

  async #answer<R>(call: Call<R>, outcome: Outcome<R>): Promise<R> {
    call.context.renew();
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind === 'done') return outcome.result;
    return this.#idempotent(call).again(call.context, outcome.resultId);
  }

  #idempotent<R>(call: Call<R>): Idempotent<R> {
    const idempotent = call.run.options.idempotent;
    if (!idempotent) throw new Error(`${call.declaration.name} is not idempotent`);
    return idempotent;
  }

  async #alone<R>(call: Call<R>): Promise<Outcome<R>> {
    const [outcome] = await this.#transaction([call as Call<unknown>]).catch((error: unknown) => {
      throw error instanceof Spoiled ? error.reason : error;
    });
    return outcome as Outcome<R>;
  }

  #grouped<R>(key: string, max: number, call: Call<R>): Promise<R> {
    let group = this.#groups.get(key);
    if (!group) this.#groups.set(key, (group = { waiting: [], running: false }));
    const { waiting } = group;
    if (waiting.length >= waitingAtMost)
      return Promise.reject(
        new Unavailable(`More than ${waitingAtMost} calls are waiting for the same object.`, { retryAfter: 1 }),
      );
    const until = performance.now() + this.#groupWaitMs;
    const answer = new Promise<R>((resolve, reject) => {
      waiting.push({ call: call as Call<unknown>, until, resolve: resolve as (result: unknown) => void, reject });
    });
    if (!group.running) {
      group.running = true;
      void this.#drain(key, max, waiting);
    }
    return answer;
  }

  async #drain(key: string, max: number, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, max).filter(inTime);
      if (batch.length > 0) await this.#batch(batch);
    }
    this.#groups.delete(key);
  }

  /** Never rejects: each waiting call gets its own answer or its own error. */
  async #batch(batch: Waiting[]): Promise<void> {
    // Two calls with one idempotency key must not share a transaction; the later one waits for the earlier one's commit.
    const keys = new Set<string>();
    const later: Waiting[] = [];
    let calls = batch.filter((waiting) => {
      const { context, run } = waiting.call;
      if (!run.options.idempotent) return true;
      const key = `${context.actor.id}\n${run.options.idempotent.key}`;
      if (keys.has(key)) later.push(waiting);
      return !keys.has(key) && keys.add(key);
    });
    for (let round = 0; calls.length > 1 && round < regroupAtMost; round++) {
      if (round > 0) calls = calls.filter(inTime);
      try {
        const outcomes = await this.#transaction(calls.map((waiting) => waiting.call));
        await Promise.all(calls.map((waiting, n) => settle(waiting, () => this.#answer(waiting.call, outcomes[n]!))));
        calls = [];
      } catch (error) {
        if (!(error instanceof Spoiled)) break;
        const spoiled = calls[error.index];
        calls = calls.filter((waiting) => waiting !== spoiled);
        // A call that may succeed on retry runs in its own transaction, without delaying the others.
        if (spoiled && retryable.has(sqlState(error.reason))) later.push(spoiled);
        else spoiled?.reject(error.reason);
      }
    }
    for (const waiting of [...calls, ...later])
      if (inTime(waiting))
        await settle(waiting, async () => this.#answer(waiting.call, await this.#alone(waiting.call)));
  }

  async #transaction(calls: Call<unknown>[]): Promise<Outcome<unknown>[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(calls);
      } catch (error) {
        const state = sqlState(error instanceof Spoiled ? error.reason : error);
        // In a group the conflict belongs to one call, which is retried alone.
        const ownFault = state === uniqueViolation && calls.length > 1;
        if (attempt >= attemptsAtMost || ownFault || !retryable.has(state)) throw error;
      }
    }
  }

  async #attempt(calls: Call<unknown>[]): Promise<Outcome<unknown>[]> {
    const first = calls[0];
    if (!first) return [];
    const { declaration, context } = first;
    let told = 0;
    const done: { call: Call<unknown>; tx: Transaction }[] = [];
    const outcomes = await inTransaction(
      this.#around,
      context.universe,
      declaration.name,
      this.#limitMs,
      async (em) => {
        const claims = await this.#claim(em, calls);
        const results: Outcome<unknown>[] = [];
        done.length = 0;
        const shared = new Map<unknown, unknown>();
        await this.#gather(
          em,
          shared,
          calls.filter((_, n) => !claims[n]),
        );
        const eachFlushes = first.run.options.group?.flush !== 'together';
        for (const [n, call] of calls.entries()) {
          const claim = claims[n];
          if (claim) {
            results.push(claim);
            continue;
          }
          const tx = new Transaction(this.#around, call.context.info, { em, shared });
          try {
            results.push({ kind: 'done', result: await call.run.work(tx) });
            checkDecided(tx, call.declaration, this.#around);
          } catch (error) {
            if (!(error instanceof Refusal)) throw new Spoiled(n, error);
            results.push({ kind: 'refused', error: error.error });
          }
          // Flush before the next call starts: it reads these changes, and a database error can be blamed on this call.
          if (eachFlushes)
            await em.flush().catch((error: unknown) => {
              throw new Spoiled(n, error);
            });
          done.push({ call, tx });
        }
        // An error here cannot be blamed on one call: each is then run alone.
        if (!eachFlushes) await em.flush();
        await this.#record(em, calls, results);
        const facts = done.flatMap(({ tx }) =>
          tx.facts.map((fact) => ({ fact, origin: { os: this.#around.os, info: tx.info, at: tx.now() } })),
        );
        told = facts.length;
        await appendFacts(em, facts);
        return results;
      },
    );
    if (told > 0) this.#around.hub.committed();
    for (const { call, tx } of done)
      for (const id of rightsChangedBy(tx.facts, this.#around.rightsFacts)) call.context.rightsChanged.add(id);
    return outcomes;
  }

  /** Runs the `gather` of these calls once for all of them. */
  async #gather(em: SqlEntityManager, shared: Map<unknown, unknown>, calls: Call<unknown>[]): Promise<void> {
    const [first] = calls;
    const gather = first?.run.options.group?.gather;
    if (!first || !gather) return;
    const items = new Set(calls.flatMap(({ run }) => run.options.group?.gather?.item ?? []));
    await gather.all(new Transaction(this.#around, first.context.info, { em, shared, system: true }), [...items]);
  }

  /**
   * Takes the idempotency keys of the calls; a key already taken answers its stored outcome. Waits for a call in flight. It is one
   * statement for any number of calls, and one more if a key is known. Keys are taken in sorted order, so that two groups never
   * deadlock.
   */
  async #claim(em: SqlEntityManager, calls: Call<unknown>[]): Promise<(Outcome<unknown> | null)[]> {
    const claims: (Outcome<unknown> | null)[] = calls.map(() => null);
    const wanted = calls.flatMap((call, n) => {
      const { idempotent } = call.run.options;
      if (!idempotent) return [];
      const { key, input } = idempotent;
      if (key.length < 1 || key.length > 200)
        throw new Spoiled(
          n,
          new Invalid('An idempotency key has 1 to 200 characters.', { path: ['input', 'idempotencyKey'] }),
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
  async #record(em: SqlEntityManager, calls: Call<unknown>[], outcomes: Outcome<unknown>[]): Promise<void> {
    const done: object[] = [];
    const refused: object[] = [];
    for (const [n, call] of calls.entries()) {
      const { idempotent } = call.run.options;
      const outcome = outcomes[n];
      if (!idempotent || !outcome || outcome.kind === 'again') continue;
      const row = keyOf(call, idempotent.key);
      if (outcome.kind === 'done')
        done.push({ ...row, input_hash: '', result_id: idempotent.resultId(outcome.result) });
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
}

function keyOf(call: Call<unknown>, key: string): { actor: string; mutation: string; key: string } {
  return { actor: call.context.actorId, mutation: call.declaration.name, key };
}

/** A mutation granted by a permission must have checked it over what it touched; forgetting to is a programming error. */
function checkDecided(tx: Transaction, declaration: RootDeclaration, around: Surroundings): void {
  if (around.permissions[declaration.access] && !tx.decided.has(declaration.access)) {
    throw new Error(`${declaration.name} never decided its permission "${declaration.access}": call tx.must`);
  }
}

function inputHash(input: unknown): string {
  const canonical = JSON.stringify(input, (_key, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(canonical).digest('base64url');
}

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Whether a call's turn came in time; a late call is rejected and never run. */
function inTime(waiting: Waiting): boolean {
  if (performance.now() < waiting.until) return true;
  waiting.reject(new Unavailable('This call waited too long for its turn; it was not run.', { retryAfter: 1 }));
  return false;
}

async function settle(waiting: Waiting, answer: () => Promise<unknown>): Promise<void> {
  try {
    waiting.resolve(await answer());
  } catch (error) {
    waiting.reject(error);
  }
}
