import type { RequestInfo } from '../../platform/context/request.ts';
import type { Frame } from './frame.ts';
import type { Member, Share } from './share.ts';

/** Events by which one stream may be ahead of the other; beyond that the changeover is given up. */
const mostAhead = 256;

/**
 * Moves a subscriber from its own stream to a shared one. Both deliver the same events in the same order, but one is always slightly
 * ahead, and cursors do not tell which. So the changeover listens to both until they meet at an event, and continues from there on
 * the shared stream: no event is lost or duplicated.
 */
export class Changeover implements Member {
  readonly info: RequestInfo;
  private readonly to: Share;
  private readonly done: (rest: Frame[]) => void;
  private readonly givenUp: () => void;
  /** Events that only the shared stream has delivered. */
  private ahead: Frame[] = [];
  /** Cursors of events that only the own stream has delivered, oldest first. */
  private behind: string[] = [];
  private over = false;

  /** `done` gets the events still to be delivered, and replaces the changeover in the shared stream by the subscriber. */
  constructor(info: RequestInfo, to: Share, on: { done: (rest: Frame[]) => void; givenUp: () => void }) {
    this.info = info;
    this.to = to;
    this.done = on.done;
    this.givenUp = on.givenUp;
    to.join(this);
  }

  /** Called for each event of the shared stream. */
  deliver(frame: Frame): void {
    if (this.over) return;
    const known = frame.cursor === null ? -1 : this.behind.indexOf(frame.cursor);
    if (known >= 0) {
      this.behind = this.behind.slice(known + 1);
      if (this.behind.length === 0) this.meet([]);
    } else if (frame.cursor === null || this.ahead.length >= mostAhead) this.cancel();
    else this.ahead.push(frame);
  }

  /** Called for each event of the own stream. */
  passed(frame: Frame): void {
    if (this.over) return;
    const known = this.ahead.findIndex(({ cursor }) => cursor === frame.cursor);
    if (known >= 0) this.meet(this.ahead.slice(known + 1));
    else if (frame.cursor === null || this.behind.length >= mostAhead) this.cancel();
    else this.behind.push(frame.cursor);
  }

  marked(): void {
    // The streams cannot meet at a mark, only at an event.
  }

  ready(): null {
    return null;
  }

  /** The shared stream has ended; the own one continues. */
  finish(): void {
    this.cancel();
  }

  cancel(): void {
    if (this.over) return;
    this.over = true;
    this.to.leave(this);
    this.givenUp();
  }

  private meet(rest: Frame[]): void {
    this.over = true;
    this.done(rest);
  }
}
