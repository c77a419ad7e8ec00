import type { Frame } from './frame.ts';

/** Events that may be in transit to one subscriber. A client that is 256 behind will not catch up, and memory must not pay for it. */
export const mostUndelivered = 256;
/** Bytes that may be buffered on one socket. */
const mostBuffered = 4 * 1_048_576;
/** Half of either: an unshared stream pauses there, leaving room for events already in transit. */
const enoughUndelivered = mostUndelivered / 2;
const enoughBuffered = mostBuffered / 2;
/** Bytes that may be buffered when an event is sent to a client that wants the newest: behind more it would be old on arrival. */
const freshBuffered = 65_536;
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
  /** Milliseconds between two events, as the client wants. */
  private readonly pause: number;
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
  constructor(outlet: Outlet, ration: Ration, rested: () => void, pause = 0) {
    this.outlet = outlet;
    this.ration = ration;
    this.rested = rested;
    this.pause = pause;
  }

  /** Whether events are waiting for the ration, or for the pace that the client wants. */
  get isResting(): boolean {
    return this.rest !== undefined;
  }

  /** Milliseconds until the ration allows more. */
  get wait(): number {
    return this.ration.wait();
  }

  /** Whether too much is in transit to send more. */
  get isFull(): boolean {
    const { buffered } = this.outlet;
    // What a burst has written within one turn may have left already, before its callbacks run.
    return buffered > mostBuffered || (this.undelivered >= mostUndelivered && buffered > 0);
  }

  /** Whether a client that wants the newest events has to receive earlier ones first. */
  get isBehind(): boolean {
    return this.outlet.buffered > freshBuffered;
  }

  /** Calls back after a while, when the socket may have sent what is buffered. */
  later(look: () => void): void {
    setTimeout(look, lookAgain).unref();
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
    const rest = Math.max(this.owed, this.pause);
    if (rest > 0) this.restFor(rest);
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
