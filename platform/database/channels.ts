import { AsyncLocalStorage } from 'node:async_hooks';
import type { Report } from './port.ts';

type Handler = (payload: string) => void;

/** Runs listeners in the async context of the process start, not in that of the request that opened the connection. */
const outside = AsyncLocalStorage.snapshot();

/** The handlers of notifications, by channel. */
export class Channels {
  readonly #handlers = new Map<string, Set<{ handler: Handler }>>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  get names(): string[] {
    return [...this.#handlers.keys()];
  }

  /** The returned function removes the handler and returns true if it was the last one of its channel. */
  add(channel: string, handler: Handler): () => boolean {
    const entry = { handler };
    const handlers = this.#handlers.get(channel);
    if (handlers) handlers.add(entry);
    else this.#handlers.set(channel, new Set([entry]));
    return () => {
      const current = this.#handlers.get(channel);
      if (!current?.delete(entry) || current.size > 0) return false;
      this.#handlers.delete(channel);
      return true;
    };
  }

  deliver(channel: string, payload: string): void {
    for (const { handler } of this.#handlers.get(channel) ?? []) {
      try {
        outside(handler, payload);
      } catch (error) {
        this.#report(`A listener on the channel ${channel} threw`, error);
      }
    }
  }
}
