import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../change/transaction.ts';
import { houseActor } from '../context/actor.ts';
import { Context, Transaction, type Surroundings } from '../context/context.ts';
import { newRequestInfo, type RequestInfo } from '../context/request.ts';
import { sqlIn } from '../database/sql.ts';
import { appendFacts } from '../facts/log.ts';
import type { ReactInTransaction } from '../facts/reactions.ts';
import type { MailPort } from '../mail/mail.ts';
import { inSpan } from '../telemetry/tracing.ts';
import type { Cause, Workplace } from '../work/worker.ts';

/** For work of the OS itself: its service acts, on behalf of `onBehalfOf` if given. */
function systemInfo(os: string, universe: string, cause: Cause): RequestInfo {
  const service = { ...houseActor(`svc_${os}`), universe };
  const { onBehalfOf = null } = cause;
  const { actingFor, correlationId, causationId, traceparent } = cause;
  const actor = onBehalfOf === null ? service : { ...service, id: onBehalfOf, delegate: service.id };
  return newRequestInfo(actor, { universe, actingFor, correlationId, causationId, traceparent });
}

/** Runs one transaction of the OS as its own service, and appends the facts emitted in it. */
async function systemTransaction<R>(
  around: Surroundings,
  label: string,
  limitMs: number,
  info: RequestInfo,
  work: (tx: Transaction, em: SqlEntityManager) => Promise<R>,
): Promise<R> {
  let told = 0;
  const result = await inTransaction(around, info.universe, label, limitMs, async (em) => {
    const tx = new Transaction(around, info, { name: label, tells: around.systemFacts, em, system: true });
    const answer = await work(tx, em);
    await em.flush();
    await appendFacts(
      em,
      tx.facts.map((emitted) => ({ fact: emitted, origin: { os: around.os, info, at: tx.now() } })),
    );
    told = tx.facts.length;
    return answer;
  });
  if (told > 0) around.hub.committed();
  return result;
}

/**
 * Runs reactions in a transaction of the OS. In each, the OS's service acts on behalf of the actor of the fact. Facts that it emits keep
 * the correlation id and have the fact as their cause.
 */
export function reactInTransaction(around: Surroundings, limitMs: number): ReactInTransaction {
  return async (universe, label, work) => {
    let told: Parameters<typeof appendFacts>[1] = [];
    await inTransaction(around, universe, label, limitMs, async (em) => {
      told = [];
      await work(
        (text, params) => sqlIn(em, text, [...params]),
        async (fact, reaction) => {
          const { name } = reaction;
          const attributes = { 'ensemble.fact.type': fact.type, 'ensemble.fact.id': fact.id };
          const options = { kind: 'consumer', attributes, parent: fact.traceparent } as const;
          const { tx, info } = await inSpan(`react ${around.os}.${name}`, options, async ({ traceparent }) => {
            const info = systemInfo(around.os, fact.universe, {
              onBehalfOf: fact.onBehalfOf ?? fact.actor,
              actingFor: fact.actingFor,
              correlationId: fact.correlationId,
              causationId: fact.id,
              traceparent: traceparent ?? fact.traceparent,
            });
            const tx = new Transaction(around, info, { name, tells: around.systemFacts, em, system: true });
            await reaction.react(tx, fact);
            // Flushed and cleared before the next reaction, so that it reads the changes, by the ORM or by SQL.
            await em.flush();
            em.clear();
            return { tx, info };
          });
          const at = tx.now();
          told.push(...tx.facts.map((emitted) => ({ fact: emitted, origin: { os: around.os, info, at } })));
        },
      );
      await appendFacts(em, told);
    });
    if (told.length > 0) around.hub.committed();
  };
}

/** The workplace of an OS's workers. */
export function workplaceOf(around: Surroundings, limitMs: number, mail: MailPort | null): Workplace {
  return {
    os: around.os,
    clock: around.clock,
    log: around.log,
    hub: around.hub,
    database: around.hub.database,
    secrets: around.secrets,
    mail,
    embedder: around.embedder ?? null,
    outgoing: around.outgoing,
    sources: around.sources,
    chains: around.chains,
    context: (universe, cause = {}) => new Context(around, systemInfo(around.os, universe, cause), { system: true }),
    transaction: (label, universe, work, cause = {}) =>
      systemTransaction(around, label, limitMs, systemInfo(around.os, universe, cause), work),
  };
}
