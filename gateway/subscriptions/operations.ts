import { randomUUID } from 'node:crypto';
import {
  SingleFieldSubscriptionsRule,
  specifiedRules,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { TooMany } from '../../platform/errors/errors.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { requestInfo } from '../authentication/authentication.ts';
import { badQuery, codeOf, toGraphQLError } from '../errors.ts';
import type { OperationContext } from '../execution/context.ts';
import { countError, hashOf, logOperation, newRecord } from '../http/record.ts';
import { admit, asksToExplain, type Admitted } from '../limits/admit.ts';
import { limitRoleOf, type LimitTable } from '../limits/limits.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import type { Connection } from './connection.ts';
import type { SubscriptionRoom } from './room.ts';
import type { Outlet } from './subscriber.ts';

/** Operations on one connection at the same time. A page of live tiles has some dozens. */
const mostPerConnection = 100;

export interface OperationOptions {
  subscriptions: SubscriptionRoom;
  limits: LimitTable;
  current: () => SupergraphValue;
  /** Runs a query or mutation as over HTTP. */
  execute: (query: string, payload: SubscribePayload, context: OperationContext) => Promise<ExecutionResult>;
  log: Logger;
}

/** What stands ready between onSubscribe and the operation. */
export interface Prepared {
  connection: Connection;
  id: string;
  value: SupergraphValue;
  admitted: Admitted;
  context: OperationContext;
  payload: SubscribePayload;
}

/**
 * The rules of the specification but one: graphql-js counts the root fields without the variables, and fails on conditions that
 * need them. `normalise` counts them with the variables.
 */
const rules = specifiedRules.filter((rule) => rule !== SingleFieldSubscriptionsRule);

/** What runs on sockets: queries and mutations as over HTTP, and subscriptions. */
export class SocketOperations {
  private readonly options: OperationOptions;

  constructor(options: OperationOptions) {
    this.options = options;
  }

  /** Looks at who asks and at what, before anything runs. Resolves to errors when it must not. */
  async prepare(
    connection: Connection,
    open: number,
    id: string,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | ReturnType<typeof toGraphQLError>[]> {
    const { current, limits, log } = this.options;
    const record = newRecord();
    record.hash = hashOf(payload.query);
    const requestId = randomUUID();
    let context: OperationContext | null = null;
    try {
      // graphql-ws has counted this one already.
      if (open > mostPerConnection) {
        throw new TooMany(
          `${mostPerConnection} operations run on this connection, which is the most. End some, or open another connection.`,
        );
      }
      const info = await connection.requestInfo(requestId);
      context = {
        info,
        signal: null,
        record,
        cost: null,
        absent: new Set(),
        explain: asksToExplain(payload.extensions),
      };
      const value = current();
      const variables = payload.variables ?? {};
      const asked = { query: payload.query, operationName: payload.operationName ?? undefined, variables };
      const admitted = admit(value, asked, limitRoleOf(info.actor), limits);
      context.cost = admitted.cost;
      record.admittedAt = performance.now();
      record.kind = admitted.operation.operation;
      // A mutation that has begun goes on to its end, whoever listens.
      if (record.kind === 'query') context.signal = connection.left.signal;
      record.operationName = admitted.operation.name?.value ?? null;
      const prepared: Prepared = { connection, id, value, admitted, context, payload };
      return {
        schema: value.apiSchema,
        document: admitted.document,
        operationName: payload.operationName ?? null,
        variableValues: variables,
        contextValue: prepared,
      };
    } catch (error) {
      countError(record, codeOf(error));
      logOperation(log, record, context?.info ?? null, { requestId, transport: 'ws' });
      return [toGraphQLError(error)];
    }
  }

  /** Runs a query or mutation. */
  async execute({ connection, payload, context }: Prepared): Promise<ExecutionResult> {
    connection.running += 1;
    try {
      return await this.options.execute(payload.query, payload, context);
    } finally {
      connection.running -= 1;
      logOperation(this.options.log, context.record, context.info, {
        requestId: context.info.requestId,
        transport: 'ws',
      });
    }
  }

  /** Opens a subscription. */
  subscribe({
    connection,
    id,
    value,
    admitted,
    context,
    payload,
  }: Prepared): AsyncIterableIterator<never> | ExecutionResult {
    const { subscriptions, log } = this.options;
    const { record, info } = context;
    const logged = (more: Record<string, unknown>) =>
      logOperation(log, record, info, { requestId: info.requestId, transport: 'ws', ...more });
    try {
      const { known, document, operation } = admitted;
      known.errors ??= validate(value.apiSchema, document, rules);
      if (known.errors.length > 0) throw badQuery(known.errors.map((error) => error.message).join(' '));
      const opened = subscriptions.subscribe({
        value,
        document,
        operation,
        variables: payload.variables ?? {},
        info,
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
      if (!('next' in opened)) throw refused(opened);
      connection.subscribers.set(id, opened);
      return opened;
    } catch (error) {
      countError(record, codeOf(error));
      logged({});
      return failed(error);
    }
  }
}

/**
 * Tells the cost of a subscription with its first event, and no more: the events themselves are printed once for everybody who
 * shares the stream.
 */
function explaining(outlet: Outlet, { cost }: OperationContext): Outlet {
  let told = false;
  return {
    get buffered() {
      return outlet.buffered;
    },
    send(payload, flushed) {
      if (told) return outlet.send(payload, flushed);
      told = true;
      const extensions = JSON.stringify({ cost, timing: { at: new Date().toISOString() } });
      // A printed result is an object with `data` in it, so there is something before the comma.
      outlet.send(`${payload.slice(0, -1)},"extensions":${extensions}}`, flushed);
    },
  };
}

/** Faults of the variables, as graphql-js found them. */
function refused(result: ExecutionResult): Error {
  const first = result.errors?.[0];
  if (!first) return new Error('A subscription was answered with neither a stream nor errors.');
  first.extensions['code'] ??= 'BAD_USER_INPUT';
  return first;
}

/** A stream that is nothing but its error: graphql-ws then says `error`, which is final, instead of `next`. */
function failed(error: unknown): AsyncIterableIterator<never> {
  const iterator: AsyncIterableIterator<never> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => Promise.reject(error),
    return: () => Promise.resolve({ done: true, value: undefined }),
  };
  return iterator;
}
