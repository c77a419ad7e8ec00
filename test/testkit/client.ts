import type { Answer } from './answer.ts';
import type { Live } from './live.ts';

export type { Answer };

export interface AskOptions {
  /** The organization for which to act. */
  actingFor?: string;
  /** Overrides the client's own universe. */
  universe?: string;
  /** More headers. */
  headers?: Record<string, string>;
}

/** An error as a client gets it. */
export interface AnswerError {
  message: string;
  path?: (string | number)[];
  extensions: {
    code: string;
    os?: string;
    path?: string[];
    issues?: { path: string[]; code: string; message: string }[];
    retryAfter?: number;
    retryable: boolean;
    incidentId?: string;
  };
}

export interface WholeAnswer<T = Answer> {
  status: number;
  headers: Headers;
  data: T | null;
  errors: AnswerError[];
}

/** Somebody before the gateway, with a token or without: each call is an HTTP request or a socket. */
export interface Client {
  /** The data of an operation. Fails the test with a readable message when there is any error. */
  ask<T = Answer>(operation: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<T>;
  /** The errors of an operation. Fails the test when there is none. */
  askForErrors(operation: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<AnswerError[]>;
  /** The whole answer, whatever it is. */
  answer<T = Answer>(
    operation: string,
    variables?: Record<string, unknown>,
    options?: AskOptions,
  ): Promise<WholeAnswer<T>>;
  /** Subscribes, and resolves once the stream has begun: what happens from then on comes. */
  subscribe<T = Answer>(operation: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<Live<T>>;
}

/** Somebody who has signed up. */
export interface Person extends Client {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The organization that was founded along the way, when one was asked for; the person is its owner. */
  readonly organizationId: string | null;
}

/** One line about the operation, for messages. */
export function headOf(operation: string): string {
  return operation.replace(/\s+/g, ' ').trim().slice(0, 120);
}

/** Errors as a person wants to read them, with what the log says of those that were masked. */
export function describeErrors(errors: AnswerError[], log: readonly Record<string, unknown>[]): string {
  return errors
    .map(({ message, path, extensions }) => {
      const { code, path: at, incidentId } = extensions;
      const logged = incidentId && log.find((line) => line['incidentId'] === incidentId);
      const cause = logged ? `\n    ${JSON.stringify(logged['err'] ?? logged).slice(0, 2000)}` : '';
      return `  ${code} at ${(path ?? []).join('.') || 'the request'}${at ? ` (${at.join('.')})` : ''}: ${message}${cause}`;
    })
    .join('\n');
}
