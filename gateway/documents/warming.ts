import { setImmediate } from 'node:timers/promises';
import { GraphQLError, Kind, parse, specifiedRules, validate, type OperationDefinitionNode } from 'graphql';
import { anonymous, defaultUniverse } from '../../platform/context/actor.ts';
import { requestInfo } from '../authentication/authentication.ts';
import type { OperationContext } from '../execution/context.ts';
import { newRecord } from '../http/record.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Subscriptions } from '../subscriptions/subscriptions.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import { sha256 } from './manifest.ts';

/** Operations planned ahead, and their characters: half of what a value keeps, so that they displace no plan that is in use. */
const mostWarmed = 500;
const heaviestWarmed = 2_000_000;

/**
 * Plans the documents of the manifests on a supergraph that has just become current, one after another: an operation of a client waits
 * for one of them at most. Nothing waits for it, and the next supergraph ends it.
 */
export class Warming {
  readonly #texts: () => readonly string[];
  readonly #subscriptions: Subscriptions;
  readonly #log: Logger;
  #run: AbortController | null = null;

  constructor(texts: () => readonly string[], subscriptions: Subscriptions, log: Logger) {
    this.#texts = texts;
    this.#subscriptions = subscriptions;
    this.#log = log;
  }

  begin(value: SupergraphValue): void {
    this.stop();
    const texts = this.#texts();
    if (texts.length === 0) return;
    const run = new AbortController();
    this.#run = run;
    this.#warm(value, texts, run.signal).catch((error: unknown) =>
      this.#log.warn({ err: error }, 'trusted documents were not planned ahead'),
    );
  }

  stop(): void {
    this.#run?.abort();
    this.#run = null;
  }

  async #warm(value: SupergraphValue, texts: readonly string[], signal: AbortSignal): Promise<void> {
    let planned = 0;
    let characters = 0;
    const unfit: { document: string; fault: string }[] = [];
    for (const text of texts) {
      characters += text.length;
      if (planned >= mostWarmed || characters > heaviestWarmed) break;
      // Clients' requests come first.
      await setImmediate();
      if (signal.aborted) return;
      try {
        planned += await this.#plan(value, text, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof GraphQLError)) throw error;
        unfit.push({ document: sha256(text), fault: error.message });
      }
    }
    this.#log.info({ documents: texts.length, planned, supergraph: value.hash }, 'trusted documents are planned');
    if (unfit.length > 0)
      this.#log.warn(
        { unfit: unfit.length, first: unfit.slice(0, 10) },
        'trusted documents are not valid in this supergraph',
      );
  }

  /** Plans the operations of a document; returns their number. Throws a GraphQL error if it does not fit the supergraph. */
  async #plan(value: SupergraphValue, text: string, signal: AbortSignal): Promise<number> {
    const document = parse(text, { noLocation: true });
    const [error] = validate(value.apiSchema, document, specifiedRules, { maxErrors: 1 });
    if (error) throw error;
    const operations = document.definitions.filter(
      (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
    );
    for (const operation of operations) {
      if (operation.operation === 'subscription') {
        await this.#subscriptions.planAhead(value, document, operation);
        continue;
      }
      const operationName = operation.name?.value ?? null;
      const { errors } = await value.execute({
        document,
        operation,
        operationName,
        source: text,
        queryHash: sha256(text),
        schema: value.apiSchema,
        request: { query: text, operationName, variables: {} },
        context: contextOf(signal),
      } as never);
      if (errors?.[0]) throw errors[0];
    }
    return operations.length;
  }
}

function contextOf(signal: AbortSignal): OperationContext {
  const info = requestInfo(anonymous(defaultUniverse), null, {
    requestId: 'ahead',
    traceparent: null,
    client: { ip: null, userAgent: null },
  });
  return { info, signal, record: newRecord(), cost: null, absent: new Set(), explain: false, onlyPlan: true };
}
