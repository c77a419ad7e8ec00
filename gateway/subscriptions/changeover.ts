import type { RequestInfo } from '../../platform/context/request.ts';
import type { Frame, Member, Share } from './share.ts';

/** Events by which one stream may be ahead of the other; with more the change is not made. */
const mostAhead = 256;

/**
 * Takes a subscriber from a stream of its own to one that it can share. Both tell the same events in the same order, but one of them
 * is always a little ahead, and cursors do not say which. So it listens to both until they meet at an event, and goes on from there
 * on the shared one: nothing is lost and nothing comes twice.
 */
export class Changeover implements Member {
  readonly info: RequestInfo;
  private readonly to: Share;
  private readonly done: (rest: Frame[]) => void;
  private readonly givenUp: () => void;
  /** What the shared stream has told and the own one has not. */
  private ahead: Frame[] = [];
  /** Cursors of what the own stream has told and the shared one has not, oldest first. */
  private behind: string[] = [];
  private over = false;

  /** `done` gets the events that are still to be delivered; the shared stream then has the subscriber in the changeover's place. */
  constructor(info: RequestInfo, to: Share, on: { done: (rest: Frame[]) => void; givenUp: () => void }) {
    this.info = info;
    this.to = to;
    this.done = on.done;
    this.givenUp = on.givenUp;
    to.join(this);
  }

  /** The shared stream has told an event. */
  deliver(frame: Frame): void {
    if (this.over) return;
    const known = frame.cursor === null ? -1 : this.behind.indexOf(frame.cursor);
    if (known >= 0) {
      this.behind = this.behind.slice(known + 1);
      if (this.behind.length === 0) this.meet([]);
    } else if (frame.cursor === null || this.ahead.length >= mostAhead) this.cancel();
    else this.ahead.push(frame);
  }

  /** The own stream has told an event. */
  passed(frame: Frame): void {
    if (this.over) return;
    const known = this.ahead.findIndex(({ cursor }) => cursor === frame.cursor);
    if (known >= 0) this.meet(this.ahead.slice(known + 1));
    else if (frame.cursor === null || this.behind.length >= mostAhead) this.cancel();
    else this.behind.push(frame.cursor);
  }

  marked(): void {
    // A place where nothing happened is none to meet at.
  }

  ready(): null {
    return null;
  }

  /** The shared stream has ended; the own one goes on. */
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
