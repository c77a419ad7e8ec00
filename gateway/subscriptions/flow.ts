import type { Frame } from './share.ts';

/** Events that may be on their way to one subscriber. Who cannot take 256 will not catch up; memory must not pay for it. */
export const mostUndelivered = 256;
/** Bytes that may wait on one socket. */
const mostBuffered = 4 * 1_048_576;
/** Half of either: a stream of one's own waits there, so that nothing is lost of what is on its way meanwhile. */
const enoughUndelivered = mostUndelivered / 2;
const enoughBuffered = mostBuffered / 2;
/** Milliseconds until it is looked again whether a socket has taken what other operations have sent over it. */
const lookAgain = 50;
/** Milliseconds after which it is looked again whether the ration allows more. Far shorter than the longest timer of Node. */
const longestRest = 60_000;

/** The way to the client: one operation on one socket. */
export interface Outlet {
  /** Bytes that wait on the socket. */
  readonly buffered: number;
  /** Sends one result, given as JSON; `flushed` is called when it has left the process. */
  send(payload: string, flushed: () => void): void;
}

/** On whose account events are sent. */
export interface Ration {
  /** Takes what an event weighs; answers the milliseconds until the next one may be sent. */
  take(frame: Frame): number;
  /** The same, looked at again. */
  wait(): number;
}

/**
 * How fast events go to one subscriber: as fast as its socket takes them and its ration lasts. A ration that is used up makes it
 * rest and ends nothing: a burst is over before much waits.
 */
export class Flow {
  private readonly outlet: Outlet;
  private readonly ration: Ration;
  private readonly rested: () => void;
  private undelivered = 0;
  /** Milliseconds, since the last event was taken. */
  private owed = 0;
  private moreAgain: (() => void) | null = null;
  private rest: NodeJS.Timeout | undefined;

  /** `rested` is called when events may be sent again. */
  constructor(outlet: Outlet, ration: Ration, rested: () => void) {
    this.outlet = outlet;
    this.ration = ration;
    this.rested = rested;
  }

  /** Whether events must wait for the ration. */
  get isResting(): boolean {
    return this.rest !== undefined;
  }

  /** Milliseconds until the ration allows more. */
  get wait(): number {
    return this.ration.wait();
  }

  /** Whether the socket has so much before it that nothing more may be sent. */
  get isFull(): boolean {
    return this.undelivered >= mostUndelivered || this.outlet.buffered > mostBuffered;
  }

  /** Resolves when more can be taken while so many events wait; `null` if at once. */
  ready(waiting: number): Promise<void> | null {
    const hasRoom = this.undelivered + waiting < enoughUndelivered && this.outlet.buffered < enoughBuffered;
    if (hasRoom && !this.isResting) return null;
    return new Promise((resolve) => {
      // The end of a rest tells of itself.
      const timer = this.isResting ? undefined : setTimeout(resolve, lookAgain);
      this.moreAgain = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Counts an event, whether it is sent or not: it was made. */
  take(frame: Frame): void {
    this.owed = this.ration.take(frame);
  }

  send(frame: Frame): void {
    this.undelivered += 1;
    this.outlet.send(frame.payload(), () => {
      this.undelivered -= 1;
      this.tellMore();
    });
    if (this.owed > 0) this.restFor(this.owed);
  }

  /** Nothing more is sent. */
  end(): void {
    clearTimeout(this.rest);
    this.tellMore();
  }

  private restFor(milliseconds: number): void {
    this.rest = setTimeout(
      () => {
        this.rest = undefined;
        const { wait } = this;
        if (wait > 0) return this.restFor(wait);
        this.rested();
        this.tellMore();
      },
      Math.min(milliseconds, longestRest),
    ).unref();
  }

  private tellMore(): void {
    this.moreAgain?.();
    this.moreAgain = null;
  }
}
