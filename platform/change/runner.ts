import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Transaction, type Context, type Surroundings } from '../context/context.ts';
import type { FactType } from '../facts/fact.ts';
import { appendFacts } from '../facts/log.ts';
import { rightsChangedBy } from '../facts/rights.ts';
import type { RootDeclaration } from '../access/declare.ts';
import { Spoiled, type Call, type Outcome } from './call.ts';
import { Groups, inTime, settle, type Waiting } from './groups.ts';
import { claimKeys, recordResults } from './idempotency.ts';
import { Refusal } from './refusal.ts';
import type { Idempotent, Run } from './run.ts';
import { inTransaction } from './transaction.ts';

/** Attempts of a transaction at most, the first included; deadlocks and serialization failures are retried. */
const attemptsAtMost = 4;

/** Rounds of a group at most: each runs it without the calls that failed. Then each call gets its own transaction. */
const regroupAtMost = 3;

/**
 * SQLSTATEs after which the same transaction may succeed: serialization failure, deadlock, and a unique key that another
 * transaction took at the same moment; the retry sees that row and refuses with a proper error.
 */
const uniqueViolation = '23505';
const retryable = new Set(['40001', '40P01', uniqueViolation]);

/**
 * Runs what mutations return: one transaction each, or one for all calls that wait for the same key. A call is answered
 * after its commit; its context is renewed first, so that the payload shows what was committed.
 */
export class Runner {
  readonly #around: Surroundings;
  readonly #limitMs: number;
  readonly #groups: Groups;

  constructor(around: Surroundings, options: { transactionLimitMs: number; groupWaitMs?: number | undefined }) {
    this.#around = around;
    this.#limitMs = options.transactionLimitMs;
    this.#groups = new Groups((batch) => this.#batch(batch), options.groupWaitMs);
  }

  async run<R>(context: Context, declaration: RootDeclaration, run: Run<R>): Promise<R> {
    const call: Call<R> = { context, declaration, run };
    const group = run.options.group;
    if (!group) return this.#answer(call, await this.#alone(call));
    return this.#groups.add(`${declaration.name}\n${context.universe}\n${group.key}`, group.max, call);
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
        const claims = await claimKeys(em, calls);
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
          const { name } = call.declaration;
          const tells = toldBy(call.declaration);
          const tx = new Transaction(this.#around, call.context.info, { name, tells, em, shared });
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
        await recordResults(em, calls, results);
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
    // It only reads: nothing would store its facts.
    const { name } = first.declaration;
    const options = { name, tells: nothing, em, shared, system: true };
    await gather.all(new Transaction(this.#around, first.context.info, options), [...items]);
  }
}

const told = new WeakMap<RootDeclaration, ReadonlySet<FactType>>();
const nothing: ReadonlySet<FactType> = new Set();

/** The facts that a mutation may tell, collected once. */
function toldBy(declaration: RootDeclaration): ReadonlySet<FactType> {
  const { tells } = declaration;
  if (!tells || !('facts' in tells)) return nothing;
  let known = told.get(declaration);
  if (!known) told.set(declaration, (known = new Set(tells.facts)));
  return known;
}

/** A mutation granted by a permission must have checked it over what it touched; forgetting to is a programming error. */
function checkDecided(tx: Transaction, declaration: RootDeclaration, around: Surroundings): void {
  if (around.permissions[declaration.access] && !tx.decided.has(declaration.access)) {
    throw new Error(`${declaration.name} never decided its permission "${declaration.access}": call tx.must`);
  }
}

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
