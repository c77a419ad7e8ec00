import { Store } from '../store.ts';
import { NO_PACE } from '../graph/pace.ts';
import type { Explained } from '../graph/explain.ts';
import type { Pace } from '../graph/pace.ts';
import type { GraphResult } from '../../sdk/transport.ts';
import type { Json } from '../../sdk/json.ts';

export type AnswerState = 'running' | 'done' | 'live' | 'stale' | 'reconnecting' | 'stopped';

/** One event of a subscription. */
export interface LiveEvent {
  /** The time of arrival, RFC 3339. */
  readonly receivedAt: string;
  readonly data: Json;
}

/** The outcome of the last operation that ran in one editor tab. */
export interface Answer {
  /** Increases with every operation, so that a late answer never overwrites a newer one. */
  readonly run: number;
  readonly operationName: string | null;
  readonly live: boolean;
  readonly state: AnswerState;
  readonly result: GraphResult | null;
  /** The latest events, newest first. */
  readonly events: readonly LiveEvent[];
  /** All events so far, kept or not. */
  readonly eventCount: number;
  readonly requestId: string | null;
  /** Milliseconds. */
  readonly duration: number | null;
  /** Characters. */
  readonly size: number | null;
  readonly note: string | null;
  /** The gateway's explanation of cost and timing. */
  readonly explained: Explained | null;
  readonly pace: Pace;
  /** The server's clock minus ours, as far as known. Milliseconds. */
  readonly clockOffset: number;
}

/** Events kept for the table; older ones are dropped. */
export const MAX_EVENTS = 500;
/** Editor tabs whose answers are kept in memory. */
const MAX_TABS = 30;
/** Milliseconds between redraws of the table for a busy stream. */
const REDRAW_PAUSE = 200;

/** The latest answer of each editor tab. */
export class Answers {
  readonly activeTab = new Store('');
  readonly byTab = new Store<ReadonlyMap<string, Answer>>(new Map());
  private latest = new Map<string, Answer>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private runs = 0;

  /** Starts an operation in the active tab; returns the function that reports its progress. */
  begin(operationName: string | null, live: boolean): (change: (answer: Answer) => Answer) => void {
    const tab = this.activeTab.get();
    const run = ++this.runs;
    this.put(tab, {
      run,
      operationName,
      live,
      state: 'running',
      result: null,
      events: [],
      eventCount: 0,
      requestId: null,
      duration: null,
      size: null,
      note: null,
      explained: null,
      pace: NO_PACE,
      clockOffset: 0,
    });
    return (change) => {
      const current = this.latest.get(tab);
      if (current?.run === run) this.put(tab, change(current));
    };
  }

  private put(tab: string, answer: Answer): void {
    const before = this.latest.get(tab);
    this.latest.delete(tab);
    this.latest.set(tab, answer);
    const [oldest] = this.latest.keys();
    if (this.latest.size > MAX_TABS && oldest !== undefined) this.latest.delete(oldest);
    // Only a running stream may wait: everything else was requested just now.
    const mayWait = before?.state === 'live' && answer.state === 'live';
    if (mayWait) this.timer ??= setTimeout(() => this.publish(), REDRAW_PAUSE);
    else this.publish();
  }

  private publish(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.byTab.set(new Map(this.latest));
  }
}
