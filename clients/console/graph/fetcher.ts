import { MAX_EVENTS } from '../result/answers.ts';
import { EXPLAIN_HEADER, explainedIn, withoutExplained } from './explain.ts';
import { chooseOperation } from './operation.ts';
import { withArrival } from './pace.ts';
import { resumable } from './resume.ts';
import { codesOf, post } from '../../sdk/transport.ts';
import type { Fetcher, FetcherOpts } from '@graphiql/toolkit';
import type { GraphQLSchema } from 'graphql';
import type { Answer, Answers } from '../result/answers.ts';
import type { Session } from '../session/session.ts';
import type { LiveConnection } from '../../sdk/live.ts';
import type { GraphAnswer, GraphRequest, GraphResult } from '../../sdk/transport.ts';

/** GraphiQL's type for operations with several results, which its stop button can end. */
interface Answering {
  subscribe(sink: { next(value: GraphResult): void; error(error: unknown): void; complete(): void }): {
    unsubscribe(): void;
  };
}

export interface FetcherParts {
  readonly session: Session;
  readonly live: LiveConnection;
  readonly answers: Answers;
  readonly schema: () => GraphQLSchema | null;
}

/**
 * The function with which GraphiQL runs operations: queries and mutations over HTTP, subscriptions over the WebSocket. Every answer
 * also goes to `answers`, the source of the table, the errors and the footer.
 */
export function createConsoleFetcher(parts: FetcherParts): Fetcher {
  const fetcher = (request: GraphRequest, options?: FetcherOpts): Promise<GraphResult> | Answering => {
    // GraphiQL's own introspection comes without a document, and is not shown as an answer.
    if (!options || !('documentAST' in options)) {
      return postAsSession(parts.session, request, ownHeaders(options), undefined).then((answer) => answer.result);
    }
    const chosen = chooseOperation(request.query, request.operationName);
    const ready = { ...request, operationName: chosen ? chosen.name : request.operationName };
    if (chosen?.operation.operation !== 'subscription') return once(parts, ready, ownHeaders(options));
    return stream(parts, ready, resumable(chosen, parts.schema()));
  };
  return fetcher as Fetcher;
}

function once(parts: FetcherParts, request: GraphRequest, headers: Record<string, string>): Answering {
  return {
    subscribe(sink) {
      const abort = new AbortController();
      const report = parts.answers.begin(request.operationName ?? null, false);
      const started = performance.now();
      // If the user typed the header, the answer includes the explanation as well.
      const byHand = EXPLAIN_HEADER in headers;
      postAsSession(parts.session, request, { [EXPLAIN_HEADER]: '1', ...headers }, abort.signal).then(
        ({ result: told, requestId, size }) => {
          const duration = performance.now() - started;
          const explained = explainedIn(told)?.explained ?? null;
          const result = byHand ? told : withoutExplained(told);
          report((answer) => ({ ...answer, state: 'done', result, requestId, size, duration, explained }));
          sink.next(result);
          sink.complete();
        },
        (error: unknown) => {
          if (!abort.signal.aborted) sink.error(error);
        },
      );
      return {
        unsubscribe() {
          abort.abort();
          report((answer) => (answer.state === 'running' ? { ...answer, state: 'stopped' } : answer));
        },
      };
    },
  };
}

function stream(parts: FetcherParts, request: GraphRequest, resume: ReturnType<typeof resumable>): Answering {
  return {
    subscribe(sink) {
      const report = parts.answers.begin(request.operationName ?? null, true);
      const dispose = parts.live.subscribe(request, resume, {
        next(told) {
          const result = withoutExplained(told);
          report((answer) => withEvent(withExplained(answer, told), result));
          sink.next(result);
        },
        connection(state, note) {
          report((answer) => ({ ...answer, state, note: note ?? answer.note }));
        },
        complete() {
          report((answer) => ({ ...answer, state: 'done' }));
          sink.complete();
        },
      });
      return {
        unsubscribe() {
          dispose();
          report((answer) => (answer.state === 'done' ? answer : { ...answer, state: 'stopped' }));
        },
      };
    },
  };
}

/** The first event of each connection includes the cost and the server's clock. */
function withExplained(answer: Answer, told: GraphResult): Answer {
  const found = explainedIn(told);
  if (!found) return answer;
  const clockOffset = found.at === null ? answer.clockOffset : found.at - Date.now();
  return { ...answer, explained: found.explained, clockOffset };
}

function withEvent(answer: Answer, result: GraphResult): Answer {
  if (result.data === undefined || result.data === null) return { ...answer, result };
  const event = { receivedAt: new Date().toISOString(), data: result.data };
  const pace = withArrival(answer.pace, result.data, Date.now(), answer.clockOffset);
  const events = [event, ...answer.events].slice(0, MAX_EVENTS);
  return { ...answer, state: 'live', result, events, pace, eventCount: answer.eventCount + 1 };
}

/** Sends with the session's headers; an expired token is renewed once and the request repeated. */
async function postAsSession(
  session: Session,
  request: GraphRequest,
  own: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<GraphAnswer> {
  const headers = { ...(await session.headers()), ...own };
  const answer = await post(request, headers, { signal });
  const token = session.currentToken();
  const refused = codesOf(answer.result).includes('UNAUTHENTICATED');
  // An answer with data may have changed something: only a completely refused request is repeated.
  if (!refused || answer.result.data || !token || own['authorization']) return answer;
  const sent = headers['authorization'] === `Bearer ${token}`;
  if (sent && !(await session.renew(token))) return answer;
  return post(request, { ...(await session.headers()), ...own }, { signal });
}

/** The headers from the headers editor, in lower case so that they replace ours. */
function ownHeaders(options: FetcherOpts | undefined): Record<string, string> {
  const entries = Object.entries(options?.headers ?? {}) as [string, unknown][];
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}
