import { EventQueue } from '../../../platform/streams/event-queue.ts';

/** A fact log with replay and live streams. */
export class TestLog<T extends { cursor: string }> {
  readonly entries: T[] = [];
  readonly listeners = new Set<EventQueue<T>>();

  append(entry: T): void {
    this.entries.push(entry);
    for (const listener of this.listeners) listener.push(entry);
  }

  stream(after: string | null | undefined, keep: (entry: T) => boolean = () => true): AsyncIterableIterator<T> {
    const queue: EventQueue<T> = new EventQueue<T>({ onReturn: () => this.listeners.delete(queue) });
    const push = queue.push.bind(queue);
    queue.push = (entry) => {
      if (keep(entry)) push(entry);
    };
    if (after) {
      const from = this.entries.findIndex((entry) => entry.cursor === after) + 1;
      for (const entry of this.entries.slice(from)) queue.push(entry);
    }
    this.listeners.add(queue);
    return queue;
  }

  /** Ends all streams on the subgraph's side. */
  end(): void {
    for (const listener of this.listeners) listener.end();
    this.listeners.clear();
  }
}
