import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import type { Gateway } from '../../gateway/server.ts';
import {
  describeErrors,
  headOf,
  type Answer,
  type AnswerError,
  type AskOptions,
  type Client,
  type WholeAnswer,
} from './client.ts';
import { coordinatesOf } from './coordinates.ts';
import { subscribeLive, type Live } from './live.ts';
import { note } from './proofs.ts';
import type { Watch } from './watch.ts';

export interface ClientSurroundings {
  gateway: Gateway;
  schema: GraphQLSchema;
  log: readonly Record<string, unknown>[];
  universe: string;
  token: string | null;
  watch: Watch;
}

/** A client of the gateway that records the proved coordinates. */
export class GatewayClient implements Client {
  readonly #around: ClientSurroundings;

  constructor(around: ClientSurroundings) {
    this.#around = around;
  }

  async answer<T = Answer>(
    operation: string,
    variables: Record<string, unknown> = {},
    options: AskOptions = {},
  ): Promise<WholeAnswer<T>> {
    const { gateway, schema } = this.#around;
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#credentials(options), ...options.headers },
      body: JSON.stringify({ query: operation, variables }),
    });
    const body = (await response.json()) as {
      data?: T | null;
      errors?: AnswerError[];
    };
    const { data = null, errors = [] } = body;
    note(coordinatesOf(schema, operation, variables, data as Record<string, unknown> | null));
    return { status: response.status, headers: response.headers, data, errors };
  }

  async ask<T = Answer>(operation: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<T> {
    const { data, errors } = await this.answer<T>(operation, variables, options);
    if (errors.length > 0) {
      throw new Error(`"${headOf(operation)}" answered errors:\n${describeErrors(errors, this.#around.log)}`);
    }
    return data as T;
  }

  async askForErrors(
    operation: string,
    variables?: Record<string, unknown>,
    options?: AskOptions,
  ): Promise<AnswerError[]> {
    const { data, errors } = await this.answer(operation, variables, options);
    if (errors.length === 0) throw new Error(`"${headOf(operation)}" should fail and answered ${JSON.stringify(data)}`);
    return errors;
  }

  async subscribe<T = Answer>(
    operation: string,
    variables: Record<string, unknown> = {},
    options: AskOptions = {},
  ): Promise<Live<T>> {
    const { gateway, schema, watch } = this.#around;
    const { subscriptions } = gateway.open();
    const { begun } = watch;
    const live = subscribeLive<T>(gateway.url, this.#credentials(options), { query: operation, variables }, (data) =>
      note(coordinatesOf(schema, operation, variables, data)),
    );
    let over = false;
    void live.ended().then(
      () => (over = true),
      () => (over = true),
    );
    const patience = Date.now() + 20_000;
    // The protocol does not confirm a start. A new stream is observed here; a shared one is counted.
    const stands = () => watch.opening === 0 && (watch.begun > begun || gateway.open().subscriptions > subscriptions);
    while (!over && !stands()) {
      if (Date.now() > patience) throw new Error(`"${headOf(operation)}" did not start.`);
      await sleep(2);
    }
    return live;
  }

  #credentials({ actingFor, universe = this.#around.universe }: AskOptions): Record<string, string> {
    const { token } = this.#around;
    return {
      universe,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(actingFor === undefined ? {} : { 'acting-for': actingFor }),
    };
  }
}
