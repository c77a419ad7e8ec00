import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { RequestInfo } from '../../platform/context/request.ts';
import { currentLane } from '../../platform/database/precedence.ts';
import { Unavailable } from '../../platform/errors/errors.ts';
import { isIncomplete, type SubgraphRequest, type SubgraphService } from '../../platform/serving/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { fetchSeconds, sharedFetches } from '../../platform/telemetry/metrics.ts';
import { inSpan } from '../../platform/telemetry/tracing.ts';
import { errorTable, GatewayError, unreachable } from '../errors.ts';
import { Calls } from '../fetches/calls.ts';
import type { Changes } from '../fetches/changes.ts';
import type { Viewers } from '../fetches/viewers.ts';
import { noteJoined } from '../http/record.ts';
import { limitRoleOf, type LimitTable } from '../limits/limits.ts';
import { completingFor } from './acting-for.ts';
import { Budget } from './budget.ts';
import type { OperationContext } from './context.ts';
import { Ended, unlessEnded } from './end.ts';
import { mayBeRepeated, wasSent } from './outcome.ts';

/**
 * A subgraph as a data source of @apollo/gateway. A service in the same process is called directly; remote services look the same
 * here. Never rejects: an unavailable subgraph costs only its own fields.
 */
export class SubgraphSource implements GraphQLDataSource {
  private readonly name: string;
  private readonly service: SubgraphService | null;
  private readonly log: Logger;
  private readonly rightsChanged: (actorId: string) => void;

  private readonly limits: LimitTable;
  private readonly calls: Calls;
  private readonly changes: Changes;
  /** Who may share fetches; null if nobody may. */
  private readonly viewers: Viewers | null;

  /** `rightsChanged` is called for each actor whose rights an answer reports as changed, before the answer is passed on. */
  constructor(options: {
    name: string;
    service: SubgraphService | null;
    limits: LimitTable;
    changes: Changes;
    viewers: Viewers | null;
    /** Milliseconds for which viewers share a call. */
    joining: number;
    log: Logger;
    rightsChanged: (actorId: string) => void;
  }) {
    this.changes = options.changes;
    this.viewers = options.viewers;
    this.calls = new Calls(options.name, options.changes, options.joining);
    this.name = options.name;
    this.service = options.service;
    this.limits = options.limits;
    this.log = options.log;
    this.rightsChanged = options.rightsChanged;
  }

  async process(options: GraphQLDataSourceProcessOptions): Promise<GatewayGraphQLResponse> {
    const { request } = options;
    const context = options.context as Partial<OperationContext>;
    if (!context.info || request.query === undefined)
      throw new Error('A subgraph is called only on behalf of a request.');
    const budget = (context.budget ??= new Budget(this.limits[limitRoleOf(context.info.actor)]));
    budget.count(representationsIn(request.variables)?.length ?? 0);
    if (budget.fault) return refused(budget.fault);
    const signal = context.signal ?? null;
    const isMutation = /^\s*mutation\b/.test(request.query);
    let sent = false;
    try {
      const { service } = this;
      if (!service) throw new Unavailable('no such service here');
      // Once the operation has ended, the remaining fetches of its plan do not start.
      if (signal?.aborted) throw signal.reason as Error;
      const asked: SubgraphRequest = {
        query: request.query,
        variables: request.variables,
        operationName: request.operationName,
        info: infoOf(options, context.info, isMutation),
        signal: isMutation ? null : signal,
      };
      sent = true;
      const result = isMutation
        ? await this.mutate(service, asked, signal)
        : await this.calls.ask(
            asked,
            this.keyOf(service, asked),
            (call) => this.call(service, call),
            (id) => {
              sharedFetches.inc({ subgraph: this.name });
              if (context.record) noteJoined(context.record, id);
            },
          );
      budget.take(result.data);
      const own = service.isForeign ? [] : (result.errors ?? []);
      const much = own.find((error) => codeIn(error) === 'LIMIT_EXCEEDED');
      if (much) budget.exhaust(new GatewayError('LIMIT_EXCEEDED', much.message, { ...much.extensions, os: this.name }));
      if (budget.fault && !isMutation) return refused(budget.fault);
      const errors = result.errors?.map((error) => this.signed(error));
      if (!errors?.length) this.requireWhole(result.data, request.variables);
      // A foreign subgraph has no viewers: an entity that it does not know is a fault where it must not be null.
      if (!service.isForeign) {
        noteAbsent(result.data, request.variables, context.absent);
        if (isIncomplete(result)) context.isIncomplete = true;
      }
      return {
        data: result.data as Record<string, unknown> | null,
        ...(errors ? { errors } : {}),
      } as GatewayGraphQLResponse;
    } catch (error) {
      return { errors: [this.failure(error, context, isMutation && sent ? request : null)] };
    }
  }

  /** Calls the subgraph, which is part of the trace and counted. */
  private call(service: SubgraphService, asked: SubgraphRequest): Promise<ExecutionResult> {
    const attributes = { 'ensemble.subgraph': this.name };
    return inSpan(`fetch ${this.name}`, { kind: 'client', attributes }, async ({ traceparent, fail }) => {
      const began = performance.now();
      let outcome = 'failed';
      try {
        const result = await service.execute(
          traceparent === null ? asked : { ...asked, info: { ...asked.info, traceparent } },
        );
        outcome = result.errors?.length ? 'errors' : 'ok';
        const code = codeIn(result.errors?.[0]);
        if (outcome === 'errors') fail(typeof code === 'string' ? code : 'errors');
        return result;
      } finally {
        fetchSeconds.observe({ subgraph: this.name, outcome }, (performance.now() - began) / 1_000);
      }
    });
  }

  /** Whatever comes of a mutation, and whenever, changes what later fetches must see. */
  private async mutate(
    service: SubgraphService,
    asked: SubgraphRequest,
    signal: AbortSignal | null,
  ): Promise<ExecutionResult> {
    const changed = (): void => this.changes.anywhere();
    // Changed rights take effect even when the answer comes too late for the client.
    const answering = this.call(service, asked).then((answer) => {
      const actors = answer.extensions?.['rightsChanged'];
      if (Array.isArray(actors)) for (const id of actors) if (typeof id === 'string') this.rightsChanged(id);
      return answer;
    });
    answering.then(changed, changed);
    try {
      return await unlessEnded(answering, signal);
    } finally {
      // Without an answer the client may look whether it was executed.
      changed();
    }
  }

  /** Equal for queries that may share a call; null if they may not. Work of events must not wait for that of queries. */
  private keyOf({ isForeign }: SubgraphService, { query, variables, info }: SubgraphRequest): string | null {
    if (!this.viewers) return null;
    const viewer = isForeign ? this.viewers.foreign(this.name, info) : this.viewers.own(query, info);
    return `${currentLane() ?? ''} ${viewer}\n${query}\n${JSON.stringify(variables ?? null)}`;
  }

  /** Checks that an answer without errors has data, and one entity or null per representation. Anything less would be a silent null. */
  private requireWhole(data: unknown, variables: Record<string, unknown> | undefined): void {
    const asked = representationsIn(variables);
    const found = entitiesIn(data);
    if (data === null || data === undefined) throw new Error(`${this.name} answered neither data nor errors.`);
    if (asked && found?.length !== asked.length)
      throw new Error(`${this.name} answered ${found?.length ?? 'no'} entities for ${asked.length} representations.`);
  }

  /** A plain error, of whatever class it was, with the name of its OS. */
  private signed(error: GraphQLFormattedError): GraphQLFormattedError {
    if (this.service?.isForeign) return error;
    const { message, path } = error;
    return { message, ...(path ? { path } : {}), extensions: { os: this.name, ...error.extensions } };
  }

  /** `mutation` is the mutation that was sent to the OS; `null` for queries and for mutations that were not sent. */
  private failure(
    error: unknown,
    context: Partial<OperationContext>,
    mutation: GraphQLDataSourceProcessOptions['request'] | null,
  ): GraphQLFormattedError {
    const said = (message: string, retryable: boolean): GraphQLFormattedError => ({
      message,
      extensions: { code: 'UNAVAILABLE', os: this.name, retryable },
    });
    if (error instanceof Ended && error.left) return said('The client has left.', true);
    if (error instanceof Unavailable && error.details.retryAfter !== undefined) {
      // Not called at all, and logged when that began.
      const { message, details } = error;
      return { message, extensions: { ...said(message, true).extensions, retryAfter: details.retryAfter } };
    }
    // The reason may contain addresses: it is only logged; the client gets the OS's name.
    this.log.warn({ os: this.name, requestId: context.info?.requestId, err: error }, 'a subgraph did not answer');
    const late = error instanceof Ended;
    if (mutation && (late || wasSent(error)) && !mayBeRepeated(mutation.query ?? '', mutation.variables ?? {})) {
      return said(
        `${this.name} did not answer${late ? ' in time' : ''}, and it is not known whether the mutation was executed. Check before you send it again.`,
        false,
      );
    }
    if (late) return said(`${this.name} did not answer in time. ${error.message} Ask for less at once.`, true);
    return said(unreachable(this.name).message, true);
  }
}

/** The code of an error in another process's answer, which need not have extensions. */
function codeIn(error: GraphQLFormattedError | undefined): unknown {
  return error?.extensions?.['code'];
}

/** Fetches that complete the answer of a mutation act for the same organization as the mutation. */
function infoOf(options: GraphQLDataSourceProcessOptions, info: RequestInfo, isMutation: boolean): RequestInfo {
  if (isMutation || !('incomingRequestContext' in options)) return info;
  return completingFor(info, options.incomingRequestContext, options.pathInIncomingRequest ?? []);
}

function refused(fault: GatewayError): GatewayGraphQLResponse {
  return { errors: [refusal(fault)] };
}

function refusal({ message, code, extensions }: GatewayError): GraphQLFormattedError {
  return { message, extensions: { ...extensions, code, retryable: errorTable[code].retryable } };
}

function noteAbsent(
  data: unknown,
  variables: Record<string, unknown> | undefined,
  absent: Set<string> | undefined,
): void {
  const asked = representationsIn(variables);
  entitiesIn(data)?.forEach((entity, n) => {
    const type = asked?.[n]?.['__typename'];
    if (entity === null && typeof type === 'string') absent?.add(type);
  });
}

function representationsIn(variables: Record<string, unknown> | undefined): Record<string, unknown>[] | null {
  const found = variables?.['representations'];
  return Array.isArray(found) ? (found as Record<string, unknown>[]) : null;
}

function entitiesIn(data: unknown): readonly unknown[] | null {
  const found = (data as { _entities?: unknown } | null | undefined)?._entities;
  return Array.isArray(found) ? found : null;
}
