import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Answer } from './answer.ts';

/** Milliseconds that a test waits for an event. It usually takes a few; a machine under load gets this long. */
const patience = 30_000;

/** One subscription over its own socket. */
export interface Live<T = Answer> extends AsyncDisposable {
  /** Returns the next event's data. Fails when none arrives, when the stream has ended, and when the event has errors. */
  next(): Promise<T>;
  /** Returns the events that have arrived, without waiting. */
  pending(): T[];
  /** Waits for the end of the stream; returns the error that ended it, or `null`. */
  ended(): Promise<LiveEnd>;
  close(): Promise<void>;
}

export type LiveEnd = { errors: LiveError[] } | { close: { code: number; reason: string } } | null;
export interface LiveError {
  message: string;
  extensions: Record<string, Answer>;
}

interface Waiting {
  resolve: () => void;
}

interface Payload {
  data?: unknown;
  errors?: LiveError[];
}

/** Subscribes with a real client over a real socket; `onData` is called for each event without errors. */
export function subscribeLive<T>(
  url: string,
  params: Record<string, unknown>,
  request: { query: string; variables: Record<string, unknown> },
  onData: (data: Record<string, unknown>) => void,
): Live<T> {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: params,
    retryAttempts: 0,
  });
  const events: Payload[] = [];
  let end: { reason: LiveEnd } | null = null;
  let waiting: Waiting[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const each of woken) each.resolve();
  };
  const finish = (reason: LiveEnd): void => {
    end ??= { reason };
    wake();
  };
  const stop = client.subscribe<Record<string, unknown>>(request, {
    next: (result) => {
      const payload = result as Payload;
      if (payload.data && !payload.errors) onData(payload.data as Record<string, unknown>);
      events.push(payload);
      wake();
    },
    error: (error) => finish(Array.isArray(error) ? { errors: error as unknown as LiveError[] } : closeOf(error)),
    complete: () => finish(null),
  });

  const dataOf = (payload: Payload): T => {
    if (payload.errors) throw new Error(`An event carries errors: ${JSON.stringify(payload.errors)}`);
    return payload.data as T;
  };
  const change = async (what: string): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${what} did not arrive within ${patience} ms.`)), patience);
    });
    const changed = new Promise<void>((resolve) => {
      waiting.push({ resolve });
    });
    await Promise.race([changed, late]).finally(() => clearTimeout(timer));
  };
  const close = async (): Promise<void> => {
    stop();
    await client.dispose();
  };
  return {
    async next() {
      while (events.length === 0) {
        if (end) throw new Error(`The subscription has ended: ${JSON.stringify(end.reason)}`);
        await change('An event');
      }
      return dataOf(events.shift() as Payload);
    },
    pending: () => events.splice(0).map(dataOf),
    async ended() {
      while (!end) await change('The end of the subscription');
      return end.reason;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function closeOf(error: unknown): LiveEnd {
  const { code = 0, reason = String(error) } = error as {
    code?: number;
    reason?: string;
  };
  return { close: { code, reason } };
}
