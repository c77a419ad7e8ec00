import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import { EnsembleError } from '../../platform/errors/errors.ts';
import { EventQueue } from '../../platform/streams/event-queue.ts';
import { GatewayError } from '../errors.ts';
import { fingerprintOf } from './audience.ts';
import { answerTooLarge, eventsTooFast } from '../limits/rationing.ts';
import { Changeover } from './changeover.ts';
import { Flow, mostUndelivered, type Outlet, type Ration } from './flow.ts';
import type { SubscriptionPlan } from './subscription-plan.ts';
import type { Frame, Member, Share } from './share.ts';
import { Waiting } from './waiting.ts';

/** Milliseconds between looks at identity while it is away, and how often: a hiccup of identity ends no streams. */
const identityPause = 500;
const identityTries = 10;

/** Who listens, looked at anew before each event. */
export interface Listener {
  /** The actor, when it is known without asking. Throws when token or session have ended. */
  peek(): ActorSnapshot | undefined;
  /** The actor, asked for if need be. Throws as `peek` does, or UNAVAILABLE. */
  actor(): Promise<ActorSnapshot>;
  /** The request for an actor as it is now. Throws when it may not act for whom it acted for. */
  info(actor: ActorSnapshot): RequestInfo;
}

export interface SubscriberOptions {
  plan: SubscriptionPlan;
  info: RequestInfo;
  /** The cursor that the client itself gave. */
  after: string | null;
  listener: Listener;
  outlet: Outlet;
  ration: Ration;
  /** Bytes of one event at most, and of those of a shared stream that wait. */
  largest: number;
  /** Opens a stream of its own from a cursor on. */
  alone: (member: Subscriber, after: string | null) => Share;
  /** Called when it listens to a stream with others again. */
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
  /** What waits for a look at the rights, or for the ration. */
  private readonly queue = new Waiting();
  private checking = false;
  /** Rights have changed since identity was asked. */
  private stale = false;
  private readonly flow: Flow;
  private delivered = 0;
  private lastCursor: string | null;
  /** How the stream has ended, while events of it still wait here. */
  private ending: { error: unknown } | null = null;
  private over = false;
  private changeover: Changeover | null = null;

  constructor(options: SubscriberOptions) {
    this.options = options;
    this.info = options.info;
    this.lastCursor = options.after;
    this.flow = new Flow(options.outlet, options.ration, () => this.drain());
  }

  /** Ties the subscriber to the stream it listens to. */
  listenTo(share: Share): void {
    if (this.over) share.leave(this);
    else this.share = share;
  }

  /** Changes over to a stream of the same events that others listen to. */
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

  /** Whether the stream that is its own is the one given. */
  listensTo(share: Share): boolean {
    return this.share === share;
  }

  deliver(frame: Frame): void {
    this.take(frame);
    this.changeover?.passed(frame);
  }

  marked(cursor: string): void {
    // What still waits for a look at the rights comes before it.
    if (!this.over && !this.checking && this.queue.length === 0) this.lastCursor = cursor;
  }

  ready(): Promise<void> | null {
    return this.over ? null : this.flow.ready(this.queue.length);
  }

  private take(frame: Frame): void {
    if (this.over) return;
    this.queue.add(frame);
    if (this.queue.isTooMuch(this.share?.isPaced ? Infinity : this.options.largest)) return this.tooMany();
    this.drain();
  }

  /**
   * Sends what waits, in order, as long as the rights are known and the ration lasts. `known` is the actor as identity has just
   * told.
   */
  private drain(known?: ActorSnapshot): void {
    while (!this.over && !this.checking && !this.flow.isResting) {
      const frame = this.queue.first;
      if (!frame) return this.ending ? this.end(this.ending.error) : undefined;
      let actor: ActorSnapshot | undefined;
      try {
        actor = known ?? this.options.listener.peek();
      } catch (error) {
        return this.end(error);
      }
      if (actor === undefined) return void this.recheck();
      if (!this.stillMay(actor)) return;
      this.queue.shift();
      this.send(frame);
    }
  }

  finish(error: unknown): void {
    this.share = null;
    if (this.queue.length > 0) this.ending = { error };
    else this.end(error);
  }

  /**
   * The actor's rights may have changed: looks now. The next event would be too late for rights that were given, since events
   * that the actor had no right to are not sent here at all.
   */
  rightsChanged(): void {
    if (this.over) return;
    this.stale = true;
    if (!this.checking) void this.recheck();
  }

  /** Ends the subscription for a reason that lies outside of the stream: the token has ended, the server goes. */
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

  /** Identity has to be asked; what arrives meanwhile waits, in order. */
  private async recheck(): Promise<void> {
    this.checking = true;
    try {
      let actor: ActorSnapshot;
      do {
        this.stale = false;
        actor = await this.patientActor();
      } while (this.stale && !this.over);
      this.checking = false;
      if (!this.over && this.stillMay(actor)) this.drain(actor);
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
   * Whether the stream as it runs is still right for the actor. When its rights have changed so that answers may differ, a
   * stream of its own is opened after the last event that was delivered, and the subgraph decides anew.
   */
  private stillMay(actor: ActorSnapshot): boolean {
    const { plan, listener, alone } = this.options;
    if (actor.rightsVersion === this.info.actor.rightsVersion) return true;
    let info: RequestInfo;
    try {
      info = listener.info(actor);
    } catch (error) {
      this.end(error);
      return false;
    }
    const before = fingerprintOf(plan.audience, this.info);
    const same = before !== null && before === fingerprintOf(plan.audience, info);
    this.info = info;
    if (same) return true;
    if (!plan.resumable || this.lastCursor === null) {
      this.end(
        new GatewayError(
          'RIGHTS_CHANGED',
          'Your rights have changed, and this stream cannot go on from where it is. Subscribe again.',
        ),
      );
      return false;
    }
    this.drop();
    this.ending = null;
    this.changeover?.cancel();
    this.share?.leave(this);
    this.share = alone(this, this.lastCursor);
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

  /** Lets go what waits. It was made, so it is counted: nobody has it made for nothing by leaving. */
  private drop(): number {
    const frames = this.queue.clear();
    for (const frame of frames) this.flow.take(frame);
    return frames.length;
  }

  /** More waits than may: for the ration, or for identity. */
  private tooMany(): void {
    const length = this.drop();
    if (this.flow.isResting) this.end(eventsTooFast(length, this.flow.wait));
    else this.tooSlow();
  }

  private tooSlow(): void {
    this.end(
      new GatewayError(
        'SLOW_CONSUMER',
        `Events come faster than this connection takes them: more than ${mostUndelivered}, or more bytes than may wait. Connect again, and go on from your last cursor.`,
      ),
    );
  }
}
