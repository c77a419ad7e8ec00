import { randomUUID } from 'node:crypto';
import {
  GraphQLError,
  SingleFieldSubscriptionsRule,
  specifiedRules,
  validate,
  type ExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import { EventQueue } from '../../platform/streams/event-queue.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { requestInfo } from '../authentication/authentication.ts';
import type { Documents, Named } from '../documents/documents.ts';
import { senderOf } from '../documents/sender.ts';
import type { Disclosure } from '../authorization/disclosure.ts';
import { badQuery, codeOf, toGraphQLError, type ErrorFormat } from '../errors.ts';
import { inSpan } from '../../platform/telemetry/tracing.ts';
import type { OperationContext } from '../execution/context.ts';
import { OperationEnd } from '../execution/end.ts';
import { StreamRefused } from '../execution/stream.ts';
import { countError, describe, hashOf, logOperation, newRecord } from '../http/record.ts';
import { breakdownOf } from '../limits/breakdown.ts';
import { admit, asksToExplain, type Admitted } from '../limits/admit.ts';
import type { Consumer } from '../limits/consumer.ts';
import type { LimitRole, LimitTable } from '../limits/limits.ts';
import { operationWeight, type Rationing } from '../limits/rationing.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import type { View, Views } from '../supergraph/views.ts';
import type { Connection } from './connection.ts';
import type { PlannedSubscription, Subscriptions } from './subscriptions.ts';
import { deliveryIn, everyEvent, type Delivery } from './delivery.ts';
import type { Outlet } from './flow.ts';

export interface OperationOptions {
  subscriptions: Subscriptions;
  disclosure: Disclosure;
  documents: Documents;
  limits: LimitTable;
  rationing: Rationing;
  views: Views;
  /** Runs a query or mutation in the same way as over HTTP. */
  execute: (payload: SubscribePayload, context: OperationContext, view: View) => Promise<ExecutionResult>;
  log: Logger;
}

/** An operation that has passed all checks. */
export interface Prepared {
  connection: Connection;
  consumer: Consumer;
  /** Releases the operation's place among the running ones. */
  release: () => void;
  id: string;
  view: View;
  value: SupergraphValue;
  admitted: Admitted;
  /** Set for subscriptions. */
  planned: PlannedSubscription | null;
  delivery: Delivery;
  context: OperationContext;
  payload: SubscribePayload;
}

/**
 * All rules of the specification except one: graphql-js counts the root fields without the variables, and fails on conditions that
 * need them. `normalise` counts them with the variables.
 */
const rules = specifiedRules.filter((rule) => rule !== SingleFieldSubscriptionsRule);

/** How a client asks for an operation. */
export interface Asking {
  /** The operation's number on its connection. */
  id: string;
  payload: SubscribePayload;
  /** A new one by default. */
  requestId?: string;
  /** Releases the place of `begin`, if that was called before. */
  release?: () => void;
}

/** Runs operations of connections, over any transport: queries, mutations and subscriptions. */
export class Operations {
  private readonly options: OperationOptions;

  constructor(options: OperationOptions) {
    this.options = options;
  }

  /** Charges for one more operation, and holds its place among the running ones. Throws TOO_MANY. */
  begin(consumer: Consumer): () => void {
    const { rationing } = this.options;
    const release = rationing.hold(consumer, 'atOnce');
    try {
      rationing.spend(consumer, operationWeight);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** Authenticates and checks an operation before anything runs. Throws a GraphQL error when it is refused. */
  async prepare(connection: Connection, asking: Asking): Promise<Prepared> {
    const { id, requestId = randomUUID() } = asking;
    const { views, disclosure, documents, limits, log, rationing } = this.options;
    const record = newRecord();
    let { payload } = asking;
    record.hash = hashOf(payload.query);
    let context: OperationContext | null = null;
    let release = asking.release ?? ((): void => undefined);
    try {
      const consumer = connection.account;
      const { role } = consumer;
      // Before the first await: a thousand operations in one write must count as a thousand.
      if (!asking.release) release = this.begin(consumer);
      payload = { ...payload, query: documents.find(payload as unknown as Named) };
      record.hash = hashOf(payload.query);
      const info = await connection.requestInfo(requestId);
      documents.judge(payload.query, senderOf(info.actor, connection.circumstances));
      context = {
        info,
        signal: null,
        record,
        cost: null,
        absent: new Set(),
        explain: asksToExplain(payload.extensions),
      };
      const view = await views.of(connection.circumstances.audience);
      const { value } = view;
      const variables = payload.variables ?? {};
      const asked = { query: payload.query, operationName: payload.operationName ?? undefined, variables };
      const admitted = admit(value, asked, role, limits);
      disclosure.check(admitted.document, admitted.operation, role);
      rationing.spend(consumer, admitted.cost.used);
      context.cost = admitted.cost;
      if (context.explain) context.breakdown = breakdownOf(value, admitted, variables);
      record.admittedAt = performance.now();
      record.kind = admitted.operation.operation;
      if (record.kind === 'mutation') connection.mutations.add(id);
      record.operationName = admitted.operation.name?.value ?? null;
      const delivery = record.kind === 'subscription' ? deliveryIn(payload.extensions) : everyEvent;
      const planned =
        record.kind === 'subscription' ? await this.plan(value, admitted, variables, info.actor, role) : null;
      return { connection, consumer, release, id, view, value, admitted, planned, delivery, context, payload };
    } catch (error) {
      release();
      countError(record, codeOf(error));
      logOperation(log, record, context?.info ?? null, { requestId, transport: connection.transport });
      throw toGraphQLError(error);
    }
  }

  /** Runs a query or mutation. */
  async execute({ connection, consumer, release, id, view, payload, context }: Prepared): Promise<ExecutionResult> {
    const end = new OperationEnd(this.options.rationing.of(consumer.role).time);
    end.isMutation = context.record.kind === 'mutation';
    context.signal = end.signal;
    connection.endings.set(id, end);
    // The client may have left during preparation.
    if (!connection.wants(id)) end.leave();
    connection.running += 1;
    try {
      const options = { kind: 'server', parent: context.info.traceparent } as const;
      return await inSpan('graphql', options, async (span) => {
        if (span.traceparent !== null) context.info = { ...context.info, traceparent: span.traceparent };
        try {
          return await this.options.execute(payload, context, view);
        } finally {
          describe(span, context.record, { requestId: context.info.requestId });
        }
      });
    } finally {
      end.done();
      release();
      connection.endings.delete(id);
      connection.running -= 1;
      logOperation(this.options.log, context.record, context.info, {
        requestId: context.info.requestId,
        transport: connection.transport,
      });
    }
  }

  /** Requires that an operation is valid. Otherwise Apollo Server reports it for queries and mutations, as their result. */
  requireValid({ value, admitted: { known, document } }: Pick<Prepared, 'value' | 'admitted'>, role: LimitRole): void {
    known.errors ??= validate(value.apiSchema, document, rules);
    const { disclosure } = this.options;
    if (known.errors.length > 0)
      throw badQuery(known.errors.map(({ message }) => disclosure.messageFor(message, role)).join(' '));
  }

  /** Validates and plans a subscription. Planning uses another thread, so it is done before anything is opened. */
  private async plan(
    value: SupergraphValue,
    admitted: Admitted,
    variables: Record<string, unknown>,
    actor: ActorSnapshot,
    role: LimitRole,
  ): Promise<PlannedSubscription> {
    const { document, operation } = admitted;
    this.requireValid({ value, admitted }, role);
    const planned = await this.options.subscriptions.plan({ value, document, operation, variables, actor });
    if (!('plan' in planned)) throw refused(planned, (message) => this.options.disclosure.messageFor(message, role));
    return planned;
  }

  /** Opens a subscription. */
  subscribe({
    connection,
    consumer,
    release,
    id,
    value,
    admitted,
    planned,
    delivery,
    context,
    payload,
  }: Prepared): AsyncIterableIterator<never> {
    const { subscriptions, log } = this.options;
    const { record, info } = context;
    release();
    const logged = (more: Record<string, unknown>) =>
      logOperation(log, record, info, { requestId: info.requestId, transport: connection.transport, ...more });
    try {
      if (!planned) throw new Error('A subscription is planned before it is opened.');
      const { document, operation } = admitted;
      const opened = subscriptions.subscribe({
        value,
        planned,
        delivery,
        document,
        operation,
        variables: payload.variables ?? {},
        cost: admitted.cost.used,
        info,
        consumer,
        connection: connection.key,
        listener: {
          ...connection.listener,
          info: (actor) =>
            requestInfo(actor, connection.actingFor, { ...connection.circumstances, requestId: info.requestId }),
        },
        outlet: context.explain ? explaining(connection.outlet(id), context) : connection.outlet(id),
        onEnd: (error, delivered) => {
          connection.subscribers.delete(id);
          if (error !== null) countError(record, codeOf(error));
          logged({ delivered });
        },
      });
      connection.subscribers.set(id, opened);
      return opened.stream;
    } catch (error) {
      countError(record, codeOf(error));
      logged({});
      return failed(error);
    }
  }
}

/**
 * Sends the cost of a subscription with its first event only: the events themselves are serialized once for all clients that share
 * the stream.
 */
function explaining(outlet: Outlet, { cost, breakdown }: OperationContext): Outlet {
  let told = false;
  return {
    get buffered() {
      return outlet.buffered;
    },
    send(payload, flushed) {
      if (told) return outlet.send(payload, flushed);
      told = true;
      const { data } = JSON.parse(payload) as { data: unknown };
      const extensions = JSON.stringify({
        cost: { ...cost, ...breakdown?.report(data) },
        timing: { at: new Date().toISOString() },
      });
      // A serialized result is an object with `data`, so something precedes the comma.
      outlet.send(`${payload.slice(0, -1)},"extensions":${extensions}}`, flushed);
    },
  };
}

/** The variables' errors reported by graphql-js. */
function refused(result: ExecutionResult, shown: (message: string) => string): Error {
  const [found] = result.errors ?? [];
  const first =
    found &&
    new GraphQLError(shown(found.message), {
      nodes: found.nodes ?? null,
      extensions: { ...found.extensions },
    });
  if (!first) return new Error('A subscription was answered with neither a stream nor errors.');
  first.extensions['code'] ??= 'BAD_USER_INPUT';
  return first;
}

/** What a client sees of the error that ended its operation. */
export function endingErrors(cause: unknown, format: ErrorFormat): GraphQLFormattedError[] {
  return cause instanceof StreamRefused ? cause.errors.map((error) => format(error)) : [format(cause)];
}

/** A stream that only rejects: graphql-ws then sends `error`, which is final, instead of `next`. */
function failed(error: unknown): AsyncIterableIterator<never> {
  const stream = new EventQueue<never>();
  stream.fail(error);
  return stream;
}
