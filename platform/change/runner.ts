import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Transaction, type Context, type Surroundings } from '../context/context.ts';
import { appendFacts } from '../facts/log.ts';
import { rightsChangedBy } from '../facts/rights.ts';
import type { RootDeclaration } from '../access/declare.ts';
import { Spoiled, type Call, type Outcome } from './call.ts';
import { Groups, inTime, settle, type Waiting } from './groups.ts';
import { claimKeys, recordResults } from './idempotency.ts';
import { Refusal } from './refusal.ts';
import type { Idempotent, Run } from './run.ts';
import { inTransaction } from './transaction.ts';

/** A deadlock or serialization failure starts the transaction again, at most this often. */
const attemptsAtMost = 4;

/** A group whose calls fail is run again without them; after this many times each call gets a transaction of its own. */
const regroupAtMost = 3;

/**
 * SQLSTATEs after which the same transaction may end otherwise: serialization failure, deadlock, and a unique key that somebody
 * else took at the same moment, which the second run sees and answers in words.
 */
const uniqueViolation = '23505';
const retryable = new Set(['40001', '40P01', uniqueViolation]);

/**
 * Runs what mutations return: one transaction each, or one for all calls that wait for the same key. A call is answered
 * after its commit; then its context is renewed, so that the payload shows what was committed.
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
    // Two calls under one idempotency key would meet in one transaction; the later one waits for the earlier one's commit.
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
        // What may end otherwise the next time does so in a transaction of its own, and nobody waits for it.
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
        // In a group it is one call's own: that one is tried again alone.
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
          const tx = new Transaction(this.#around, call.context.info, { em, shared });
          try {
            results.push({ kind: 'done', result: await call.run.work(tx) });
            checkDecided(tx, call.declaration, this.#around);
          } catch (error) {
            if (!(error instanceof Refusal)) throw new Spoiled(n, error);
            results.push({ kind: 'refused', error: error.error });
          }
          // Written before the next call begins: it reads what this one did, and what the database refuses is this one's fault.
          if (eachFlushes)
            await em.flush().catch((error: unknown) => {
              throw new Spoiled(n, error);
            });
          done.push({ call, tx });
        }
        // What the database refuses of all of them together is nobody's fault yet: each is then run alone.
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

  /** Has what these calls need fetched for all of them at once. */
  async #gather(em: SqlEntityManager, shared: Map<unknown, unknown>, calls: Call<unknown>[]): Promise<void> {
    const [first] = calls;
    const gather = first?.run.options.group?.gather;
    if (!first || !gather) return;
    const items = new Set(calls.flatMap(({ run }) => run.options.group?.gather?.item ?? []));
    await gather.all(new Transaction(this.#around, first.context.info, { em, shared, system: true }), [...items]);
  }
}

/** A mutation that is granted by a permission must have decided it over what it touched; forgetting it is an error of ours. */
function checkDecided(tx: Transaction, declaration: RootDeclaration, around: Surroundings): void {
  if (around.permissions[declaration.access] && !tx.decided.has(declaration.access)) {
    throw new Error(`${declaration.name} never decided its permission "${declaration.access}": call tx.must`);
  }
}

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
