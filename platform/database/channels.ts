import { AsyncLocalStorage } from 'node:async_hooks';
import type { Report } from './port.ts';

type Handler = (payload: string) => void;

/** Listeners run in the context of the process's start, not in that of whoever happened to open the connection. */
const outside = AsyncLocalStorage.snapshot();

/** Who wants to hear what is notified on which channel. */
export class Channels {
  readonly #handlers = new Map<string, Set<{ handler: Handler }>>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  get names(): string[] {
    return [...this.#handlers.keys()];
  }

  /** The returned function takes the handler away; true when nobody is left who wants to hear the channel. */
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
