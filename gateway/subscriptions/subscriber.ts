import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import { EnsembleError } from '../../platform/errors/errors.ts';
import { EventQueue } from '../../platform/streams/event-queue.ts';
import { GatewayError } from '../errors.ts';
import { streamFingerprintOf } from './audience.ts';
import { answerTooLarge, eventsTooFast } from '../limits/rationing.ts';
import { Changeover } from './changeover.ts';
import { everyEvent, type Delivery } from './delivery.ts';
import { Flow, mostUndelivered, type Outlet, type Ration } from './flow.ts';
import type { SubscriptionPlan } from './subscription-plan.ts';
import type { Frame } from './frame.ts';
import type { Member, Share } from './share.ts';
import { Waiting } from './waiting.ts';

/** Milliseconds between retries while identity is unavailable, and their number: a hiccup of identity ends no streams. */
const identityPause = 500;
const identityTries = 10;

/** The actor of a subscription, checked before each event. */
export interface Listener {
  /** The actor, if known without asking identity. Throws when token or session have ended. */
  peek(): ActorSnapshot | undefined;
  /** The actor, requested from identity if necessary. Throws as `peek` does, or UNAVAILABLE. */
  actor(): Promise<ActorSnapshot>;
  /** The request info for the current actor. Throws when it may no longer act for its organization. */
  info(actor: ActorSnapshot): RequestInfo;
}

export interface SubscriberOptions {
  plan: SubscriptionPlan;
  info: RequestInfo;
  /** The cursor given by the client. */
  after: string | null;
  listener: Listener;
  outlet: Outlet;
  ration: Ration;
  /** Every event as soon as possible by default. */
  delivery?: Delivery;
  /** Maximum bytes of one event, and of the waiting events of a shared stream. */
  largest: number;
  /** Opens an unshared stream from a cursor on. */
  alone: (member: Subscriber, after: string | null) => Share;
  /** Called when it has moved to a shared stream. */
  onShared: () => void;
  onEnd: (error: unknown, delivered: number) => void;
}

/**
 * One subscription of one client. Events are pushed straight to the socket, so the `stream` that graphql-ws reads has no events: it
 * ends when the subscription does.
 */
export class Subscriber implements Member {
  info: RequestInfo;
  readonly stream = new EventQueue<never>({ onReturn: () => this.end(null) });
  private readonly options: SubscriberOptions;
  private share: Share | null = null;
  /** Events that wait for a check of the rights, or for the ration. */
  private readonly queue = new Waiting();
  private checking = false;
  /** Whether rights have changed since identity was asked. */
  private stale = false;
  private readonly flow: Flow;
  private readonly delivery: Delivery;
  /** Whether it waits until the socket can take more. */
  private isWaiting = false;
  private delivered = 0;
  private lastCursor: string | null;
  /** How the stream ended, while its last events still wait here. */
  private ending: { error: unknown } | null = null;
  private over = false;
  private changeover: Changeover | null = null;
  /** The first waiting event as completed for this viewer; `frame` is null while it is being completed. */
  private seen: { of: Frame; rightsVersion: number; frame: Frame | null } | null = null;
  /** Whether events themselves depend on this viewer, so that it keeps its own stream. */
  private staysAlone = false;

  constructor(options: SubscriberOptions) {
    this.options = options;
    this.info = options.info;
    this.lastCursor = options.after;
    this.delivery = options.delivery ?? everyEvent;
    this.flow = new Flow(options.outlet, options.ration, () => this.drain(), this.delivery.pause);
  }

  /** Sets the stream of this subscriber. */
  listenTo(share: Share): void {
    if (this.over) share.leave(this);
    else this.share = share;
  }

  /** Changes over to a shared stream of the same events. */
  shareWith(share: Share): void {
    if (this.over || this.changeover || this.share === share) return;
    this.changeover = new Changeover(this.info, share, {
      done: (rest) => {
        const { changeover, share: own } = this;
        this.changeover = null;
        if (this.over || !changeover) return;
        share.replace(changeover, this);
        this.share = share;
        own?.leave(this);
        this.options.onShared();
        for (const frame of rest) this.queue.add(frame);
        this.drain();
      },
      givenUp: () => {
        this.changeover = null;
      },
    });
  }

  /** Whether this is the subscriber's current stream, and another one may take its place. */
  mayLeave(share: Share): boolean {
    return this.share === share && !this.staysAlone;
  }

  deliver(frame: Frame): void {
    this.take(frame);
    this.changeover?.passed(frame);
  }

  marked(cursor: string): void {
    // Events that still wait come before the mark.
    if (!this.over && !this.checking && this.queue.length === 0) this.lastCursor = cursor;
  }

  ready(): Promise<void> | null {
    // Who wants the newest events reads everything, and leaves out the others.
    return this.over || this.delivery.isLatest ? null : this.flow.ready(this.queue.length);
  }

  private take(frame: Frame): void {
    if (this.over) return;
    if (this.sendsAtOnce(frame)) return;
    if (this.delivery.isLatest) {
      const old = this.queue.replaced(frame, this.delivery.key, this.seen?.of ?? null);
      if (old) this.flow.take(old);
    }
    this.queue.add(frame);
    if (this.queue.isTooMuch(this.share?.isPaced ? Infinity : this.options.largest)) {
      // A stream of its own comes no faster than this viewer's events are completed.
      if (this.seen && this.lastCursor !== null && this.options.plan.resumable) return this.goAlone(this.lastCursor);
      return this.tooMany();
    }
    this.drain();
  }

  /** Sends an event if nothing waits and nothing about it has to be asked: nearly every one. */
  private sendsAtOnce(frame: Frame): boolean {
    if (this.queue.length > 0 || this.checking || this.flow.isResting) return false;
    if (this.delivery.isLatest && this.flow.isBehind) return false;
    if (frame.more !== null && this.info.actor.id !== null) return false;
    try {
      if (this.options.listener.peek()?.rightsVersion !== this.info.actor.rightsVersion) return false;
    } catch {
      // The ordinary way ends the stream.
      return false;
    }
    this.send(frame);
    return true;
  }

  /**
   * Sends waiting events in order, as long as the rights are known and the ration lasts. `known` is the actor just received from
   * identity.
   */
  private drain(known?: ActorSnapshot): void {
    while (!this.over && !this.checking && !this.flow.isResting) {
      const frame = this.queue.first;
      if (!frame) return this.ending ? this.end(this.ending.error) : undefined;
      if (this.delivery.isLatest && this.flow.isBehind) return this.waitForRoom();
      let actor: ActorSnapshot | undefined;
      try {
        actor = known ?? this.options.listener.peek();
      } catch (error) {
        return this.end(error);
      }
      if (actor === undefined) return void this.recheck();
      if (!this.checkRights(actor)) return;
      const seen = this.seenOf(frame);
      if (!seen) return;
      this.queue.shift();
      this.seen = null;
      this.send(seen);
    }
  }

  /** Goes on when the socket can take more; meanwhile newer events replace those that wait. */
  private waitForRoom(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    this.flow.later(() => {
      this.isWaiting = false;
      this.drain();
    });
  }

  /** The frame as this viewer sees it; null while it is being completed, or if the event comes on a stream of its own. */
  private seenOf(frame: Frame): Frame | null {
    const { id, rightsVersion } = this.info.actor;
    if (frame.more === null || id === null) return frame;
    if (this.seen?.of === frame && this.seen.rightsVersion === rightsVersion) return this.seen.frame;
    this.seen = null;
    const { before, frameFor } = frame.more;
    if (frameFor === null) {
      this.staysAlone = true;
      const after = before ?? this.lastCursor;
      // Without a cursor before the event its own stream could only begin after it.
      if (after === null && frame.cursor !== null) this.send(frame);
      this.goAlone(after ?? frame.cursor);
      return null;
    }
    const seen: NonNullable<Subscriber['seen']> = { of: frame, rightsVersion, frame: null };
    this.seen = seen;
    frameFor(this.info).then(
      (made) => {
        seen.frame = made;
        if (this.seen === seen) this.drain();
      },
      (error: unknown) => this.end(error),
    );
    return null;
  }

  /** Continues on a stream of its own, after a cursor if there is one. */
  private goAlone(after: string | null): void {
    this.drop();
    this.ending = null;
    this.changeover?.cancel();
    this.share?.leave(this);
    this.share = this.options.alone(this, after);
  }

  finish(error: unknown): void {
    this.share = null;
    if (this.queue.length > 0) this.ending = { error };
    else this.end(error);
  }

  /**
   * Checks the actor's rights now because they may have changed. The next event would be too late for new rights, since events that
   * the actor had no right to are not sent here at all.
   */
  rightsChanged(): void {
    if (this.over) return;
    this.stale = true;
    if (!this.checking) void this.recheck();
  }

  /** A new token of the same actor: the next events are completed with its headers. Changed rights are noticed with the next event. */
  renew(actor: ActorSnapshot): void {
    if (this.over || actor.rightsVersion !== this.info.actor.rightsVersion) return;
    try {
      this.info = this.options.listener.info(actor);
    } catch (error) {
      this.end(error);
    }
  }

  /** Ends the subscription for a reason outside of the stream: the token has expired, the server shuts down. */
  end(error: unknown): void {
    if (this.over) return;
    const reason = error === null || error instanceof Error ? error : new Error(String(error));
    this.over = true;
    this.drop();
    this.flow.end();
    this.changeover?.cancel();
    this.share?.leave(this);
    this.share = null;
    this.options.onEnd(reason, this.delivered);
    if (reason === null) this.stream.end();
    else this.stream.fail(reason);
  }

  /** Asks identity; events that arrive in the meantime wait, in order. */
  private async recheck(): Promise<void> {
    this.checking = true;
    try {
      let actor: ActorSnapshot;
      do {
        this.stale = false;
        actor = await this.patientActor();
      } while (this.stale && !this.over);
      this.checking = false;
      if (!this.over && this.checkRights(actor)) this.drain(actor);
    } catch (error) {
      this.checking = false;
      this.end(error);
    }
  }

  private async patientActor(): Promise<ActorSnapshot> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.options.listener.actor();
      } catch (error) {
        const away = error instanceof EnsembleError && error.code === 'UNAVAILABLE';
        if (!away || tries >= identityTries || this.over) throw error;
        await new Promise((resolve) => setTimeout(resolve, identityPause));
      }
    }
  }

  /**
   * Whether the current stream is still right for the actor. When changed rights may change answers, an unshared stream is opened
   * after the last delivered event, and the subgraph decides again.
   */
  private checkRights(actor: ActorSnapshot): boolean {
    const { plan, listener } = this.options;
    if (actor.rightsVersion === this.info.actor.rightsVersion) return true;
    let info: RequestInfo;
    try {
      info = listener.info(actor);
    } catch (error) {
      this.end(error);
      return false;
    }
    // What is asked of the subgraphs was decided by the rights at the start.
    if (plan.allows?.(actor) === false) {
      this.end(rightsChanged());
      return false;
    }
    const before = streamFingerprintOf(plan, this.info);
    const same = before !== null && before === streamFingerprintOf(plan, info) && !this.share?.isOwn;
    this.info = info;
    if (same) return true;
    if (!plan.resumable || this.lastCursor === null) {
      this.end(rightsChanged());
      return false;
    }
    this.goAlone(this.lastCursor);
    return false;
  }

  private send(frame: Frame): void {
    const { flow, options } = this;
    if (flow.isFull) return this.tooSlow();
    flow.take(frame);
    if (frame.bytes() > options.largest)
      return this.end(answerTooLarge(options.largest, frame.bytes(), 'subscription'));
    this.delivered += 1;
    if (frame.cursor !== null) this.lastCursor = frame.cursor;
    flow.send(frame);
  }

  /** Drops waiting events. They are charged, so that leaving early does not get work done for free. */
  private drop(): number {
    this.seen = null;
    const frames = this.queue.clear();
    for (const frame of frames) this.flow.take(frame);
    return frames.length;
  }

  /** Too many events wait for the ration or for identity. */
  private tooMany(): void {
    const length = this.drop();
    // A pace that the client wants is no ration.
    if (this.flow.isResting && this.flow.wait > 0) this.end(eventsTooFast(length, this.flow.wait));
    else this.tooSlow();
  }

  private tooSlow(): void {
    this.end(
      new GatewayError(
        'SLOW_CONSUMER',
        `Events come faster than this connection takes them, or than "maxPerSecond" lets them: more than ${mostUndelivered}, or more bytes than may wait. Connect again, and go on from your last cursor.`,
      ),
    );
  }
}

function rightsChanged(): GatewayError {
  return new GatewayError(
    'RIGHTS_CHANGED',
    'Your rights have changed, and this stream cannot continue. Subscribe again.',
  );
}
