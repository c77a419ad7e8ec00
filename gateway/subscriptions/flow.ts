import type { Frame } from './frame.ts';

/** Events that may be in transit to one subscriber. A client that is 256 behind will not catch up, and memory must not pay for it. */
export const mostUndelivered = 256;
/** Bytes that may be buffered on one socket. */
const mostBuffered = 4 * 1_048_576;
/** Half of either: an unshared stream pauses there, leaving room for events already in transit. */
const enoughUndelivered = mostUndelivered / 2;
const enoughBuffered = mostBuffered / 2;
/** Milliseconds between checks whether a socket has sent what other operations have buffered. */
const lookAgain = 50;
/** Maximum milliseconds between checks whether the ration allows more. Far below Node's longest timer. */
const longestRest = 60_000;

/** The way to the client: one operation on one socket. */
export interface Outlet {
  /** Bytes buffered on the socket. */
  readonly buffered: number;
  /** Sends one result, given as JSON; `flushed` is called when it has left the process. */
  send(payload: string, flushed: () => void): void;
  /** Sends the result of an event, where its bytes are the same for many clients. */
  sendFrame?(frame: Frame, flushed: () => void): void;
}

/** The ration that pays for events. */
export interface Ration {
  /** Charges an event; returns the milliseconds until the next one may be sent. */
  take(frame: Frame): number;
  /** Milliseconds until the next one may be sent, without charging. */
  wait(): number;
}

/**
 * Paces the events to one subscriber by its socket and its ration. An exhausted ration only delays events and ends nothing: a burst
 * is over before much waits.
 */
export class Flow {
  private readonly outlet: Outlet;
  private readonly ration: Ration;
  private readonly rested: () => void;
  private undelivered = 0;
  private readonly flushed = (): void => {
    this.undelivered -= 1;
    this.tellMore();
  };
  /** Milliseconds owed as of the last event. */
  private owed = 0;
  private moreAgain: (() => void) | null = null;
  private rest: NodeJS.Timeout | undefined;

  /** `rested` is called when events may be sent again. */
  constructor(outlet: Outlet, ration: Ration, rested: () => void) {
    this.outlet = outlet;
    this.ration = ration;
    this.rested = rested;
  }

  /** Whether events are waiting for the ration. */
  get isResting(): boolean {
    return this.rest !== undefined;
  }

  /** Milliseconds until the ration allows more. */
  get wait(): number {
    return this.ration.wait();
  }

  /** Whether too much is in transit to send more. */
  get isFull(): boolean {
    return this.undelivered >= mostUndelivered || this.outlet.buffered > mostBuffered;
  }

  /** Resolves when the flow can take more while `waiting` events wait; `null` if it can at once. */
  ready(waiting: number): Promise<void> | null {
    const hasRoom = this.undelivered + waiting < enoughUndelivered && this.outlet.buffered < enoughBuffered;
    if (hasRoom && !this.isResting) return null;
    return new Promise((resolve) => {
      // The end of a rest calls `moreAgain`.
      const timer = this.isResting ? undefined : setTimeout(resolve, lookAgain);
      this.moreAgain = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Charges an event, whether it is sent or not: the work was done. */
  take(frame: Frame): void {
    this.owed = this.ration.take(frame);
  }

  send(frame: Frame): void {
    this.undelivered += 1;
    if (this.outlet.sendFrame) this.outlet.sendFrame(frame, this.flushed);
    else this.outlet.send(frame.payload(), this.flushed);
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
