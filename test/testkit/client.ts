import type { Answer } from './answer.ts';
import type { Live } from './live.ts';

export type { Answer };

export interface AskOptions {
  /** The organization for which to act. */
  actingFor?: string;
  /** Overrides the client's universe. */
  universe?: string;
  /** More headers. */
  headers?: Record<string, string>;
}

/** An error as clients receive it. */
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

/** A client of the gateway, with or without a token; each call is an HTTP request or a socket. */
export interface Client {
  /** Returns the data of an operation. Fails the test with a readable message on any error. */
  ask<T = Answer>(operation: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<T>;
  /** Returns the errors of an operation. Fails the test if there are none. */
  askForErrors(operation: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<AnswerError[]>;
  /** Returns the whole answer. */
  answer<T = Answer>(
    operation: string,
    variables?: Record<string, unknown>,
    options?: AskOptions,
  ): Promise<WholeAnswer<T>>;
  /** Subscribes, and resolves when the stream has started: later events are delivered. */
  subscribe<T = Answer>(operation: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<Live<T>>;
}

/** A person who has signed up. */
export interface Person extends Client {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The organization founded at sign-up, if requested; the person is its owner. */
  readonly organizationId: string | null;
}

/** The operation's first line, for messages. */
export function headOf(operation: string): string {
  return operation.replace(/\s+/g, ' ').trim().slice(0, 120);
}

/** Formats errors for people, with log entries for masked ones. */
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
