import type { ExecutionResult, GraphQLError } from 'graphql';
import type { RequestInfo } from '../../platform/context/request.ts';
import { inLane } from '../../platform/database/precedence.ts';
import { isIncomplete, markOf, type SubgraphService, type SubgraphStream } from '../../platform/serving/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Turns } from '../../platform/work/turns.ts';
import { deliveries, events } from '../../platform/telemetry/metrics.ts';
import { inSpan } from '../../platform/telemetry/tracing.ts';
import type { Changes } from '../fetches/changes.ts';
import { unreachable } from '../errors.ts';
import { OperationEnd } from '../execution/end.ts';
import { StreamLost, StreamRefused } from '../execution/stream.ts';
import { asAnybody, mayDependOnViewer } from './audience.ts';
import { EntityBatches } from './batches.ts';
import { frameOf, type Frame, type More } from './frame.ts';
import type { Batches, CompletionCall, SubscriptionPlan, Variables } from './subscription-plan.ts';

/** Concurrent completions of one stream; events are still delivered in order. */
const mostCompletions = 16;
/** Maximum milliseconds to complete one event: as long as an interactive query. */
const completionTime = 10_000;
/** Milliseconds: a lost stream is reopened after 100 ms, then 200, … up to 5 s, for 60 s in all. */
const firstPause = 100;
const longestPause = 5_000;
const longestAbsence = 60_000;
/** Milliseconds a stream must last before the pause is reset: an OS that fails immediately is not retried immediately. */
const steadyAfter = 10_000;

export interface Member {
  /** The request on whose behalf the stream runs while this member is the eldest. */
  readonly info: RequestInfo;
  deliver(frame: Frame): void;
  /** Everything up to this cursor was delivered. */
  marked(cursor: string): void;
  /** Resolves when the member can take more of its unshared stream; `null` if it can at once. */
  ready(): Promise<void> | null;
  /** The stream has ended: by itself (`null`), or for a reason. */
  finish(error: unknown): void;
}

export interface ShareOptions {
  plan: SubscriptionPlan;
  variables: Variables;
  service: SubgraphService | undefined;
  changes: Changes;
  format: (result: ExecutionResult) => string;
  log: Logger;
  /** Whether it has a single member that sets its pace: a replay may be longer than the queue for a client. */
  alone: boolean;
  /** Whether it shows what its member sees, and so can never be shared; otherwise rows that only some see are those of everybody. */
  own: boolean;
  /** Runs the completions for single members. */
  turns: Turns;
  /** Called when the stream has delivered all past events and continues live. */
  onCaughtUp?: () => void;
  /** Called once, when the stream has ended or its last member has left. */
  onEnd: () => void;
}

/**
 * One stream of one subgraph, completed once per event for all its members. It ends at once when the last member leaves. When the
 * connection to the subgraph breaks, it subscribes again from its last cursor.
 */
export class Share {
  private readonly options: ShareOptions;
  private readonly members = new Map<Member, { joinedAt: number }>();
  private readonly completions = new Set<OperationEnd>();
  private readonly batches = new EntityBatches();
  private alone: boolean;
  private readonly endings: (() => void)[];
  private openedAt = 0;
  private stream: SubgraphStream | null = null;
  private ended = false;
  private arrived = 0;
  /** The number of the last event that was delivered, or is being delivered. */
  private delivered = 0;
  private completing = 0;
  private roomAgain: (() => void) | null = null;
  private tail: Promise<void> = Promise.resolve();
  private cursor: string | null = null;
  private lostAt: number | null = null;
  private pause = firstPause;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ShareOptions) {
    this.options = options;
    this.alone = options.alone;
    this.endings = [options.onEnd];
  }

  get size(): number {
    return this.members.size;
  }

  /** Whether it shows what its only member sees. */
  get isOwn(): boolean {
    return this.options.own;
  }

  /** Everything up to this cursor has arrived; null if there is none so far. */
  get position(): string | null {
    return this.cursor;
  }

  /** Whether its only member sets its pace. */
  get isPaced(): boolean {
    return this.alone;
  }

  /** Adds a member; it receives the events that arrive from now on. */
  join(member: Member): void {
    this.members.set(member, { joinedAt: this.arrived });
    // A member without a cursor begins here, and can resume from here before its first event.
    if (this.cursor !== null && this.options.plan.resumable) member.marked(this.cursor);
  }

  leave(member: Member): void {
    if (!this.members.delete(member) || this.members.size > 0) return;
    this.stop();
  }

  /** Replaces a member by another that has received the same events so far. */
  replace(member: Member, by: Member): void {
    if (!this.members.delete(member)) return;
    // It may happen while an event is delivered, and the loop over the members comes to the new one as well.
    this.members.set(by, { joinedAt: this.delivered });
  }

  /** Lets other members join from now on. */
  open(onEnd: () => void): void {
    this.alone = false;
    this.endings.push(onEnd);
  }

  /** Subscribes to the subgraph, after a cursor if one is given. */
  start(after: string | null): void {
    this.cursor = after;
    void this.ask(after);
  }

  private async ask(after: string | null): Promise<void> {
    const { plan, variables, service } = this.options;
    const info = this.viewer();
    if (!info) return;
    this.openedAt = Date.now();
    try {
      if (!service) throw unreachable(plan.service);
      const opened = await service.subscribe({ ...plan.request(variables, after), info, marks: plan.resumable });
      if (!('next' in opened)) throw new StreamRefused(opened.errors ?? []);
      if (this.ended) {
        await opened.return?.();
        return;
      }
      this.stream = opened;
      await this.pump(opened);
    } catch (error) {
      if (this.ended) return;
      if (error instanceof StreamLost) this.retry(error);
      else this.finish(error);
    }
  }

  private async pump(stream: SubgraphStream): Promise<void> {
    for (;;) {
      const next = await stream.next();
      if (this.ended || stream !== this.stream) return;
      if (next.done) return this.finish(null);
      this.lostAt = null;
      const { data, errors } = next.value;
      // Errors without data end the stream and are not an event, whether the OS is local or remote.
      if (errors && data === undefined) throw new StreamRefused(errors);
      const mark = markOf(next.value);
      if (mark === null) this.arrive(next.value);
      else this.mark(mark);
      await this.paceOfMember();
      if (this.completing >= mostCompletions) {
        await new Promise<void>((resolve) => {
          this.roomAgain = resolve;
        });
      }
    }
  }

  /** Waits until the only member of an unshared stream can take more. */
  private async paceOfMember(): Promise<void> {
    while (this.alone && !this.ended) {
      const [member] = this.members.keys();
      const ready = member?.ready();
      if (!ready) return;
      await ready;
    }
  }

  /** Everything up to this cursor has arrived: a lost stream resumes from here, even if there was no event. */
  private mark(cursor: string): void {
    this.cursor = cursor;
    const number = this.arrived;
    this.tail = this.tail.then(() => {
      if (this.ended) return;
      for (const [member, { joinedAt }] of this.members) if (number >= joinedAt) member.marked(cursor);
      this.options.onCaughtUp?.();
    });
  }

  private arrive(event: ExecutionResult): void {
    const info = this.viewer();
    if (!info) return;
    const { plan, changes } = this.options;
    changes.in(plan.service);
    events.inc({ subgraph: plan.service });
    const number = (this.arrived += 1);
    const before = this.cursor;
    const cursor = plan.takeCursor(event);
    if (cursor !== null) this.cursor = cursor;
    this.completing += 1;
    const arrived = this.isForEverybody ? arrivedOf(event) : null;
    const end = new OperationEnd(completionTime);
    this.completions.add(end);
    const completed = this.complete(event, info, { end, batches: this.batches });
    this.tail = this.tail.then(async () => {
      const { result, call } = await completed;
      this.completions.delete(end);
      this.completing -= 1;
      this.roomAgain?.();
      this.roomAgain = null;
      if (this.ended) return;
      const more =
        arrived &&
        this.moreOf(event, call, before, async (viewer) => {
          const { result: seen } = await this.options.turns.take(() =>
            this.complete(arrivedOf(arrived), viewer, { end: new OperationEnd(completionTime), batches: null }),
          );
          return frameOf({ number, cursor, members: 1 }, () => this.print(seen));
        });
      const frame = frameOf({ number, cursor, members: this.members.size, more }, () => this.print(result));
      this.delivered = number;
      for (const [member, { joinedAt }] of this.members) if (number > joinedAt) member.deliver(frame);
      deliveries.inc(this.members.size);
    });
  }

  private async complete(
    event: ExecutionResult,
    info: RequestInfo,
    { end, batches }: { end: OperationEnd; batches: Batches | null },
  ): Promise<{ result: ExecutionResult; call: CompletionCall }> {
    const { plan, variables } = this.options;
    const call: CompletionCall = { signal: end.signal, batches, isIncomplete: false };
    // Slow queries must not delay events, where the subgraphs are in this process.
    const result = await inSpan(`event ${plan.service}`, { kind: 'consumer', parent: null }, () =>
      inLane('interactive', () => plan.complete(event, variables, info, call)),
    ).catch(failed);
    end.done();
    return { result, call };
  }

  /** The result as JSON, or the error that prevents it. */
  private print(result: ExecutionResult): string {
    const { format } = this.options;
    try {
      return format(result);
    } catch (error) {
      return format(failed(error));
    }
  }

  /** What viewers who have signed in may get besides everybody's event; null if nothing was left out. */
  private moreOf(
    event: ExecutionResult,
    { isIncomplete: restIsIncomplete }: CompletionCall,
    before: string | null,
    frameFor: NonNullable<More['frameFor']>,
  ): More | null {
    const { service } = this.options;
    const depends = !service?.isForeign && (isIncomplete(event) || mayDependOnViewer(event.errors));
    if (depends) return { before, frameFor: null };
    return restIsIncomplete ? { before, frameFor } : null;
  }

  /** Whether its members may see different rows. */
  private get isForEverybody(): boolean {
    return this.options.plan.audience === 'visible' && !this.options.own;
  }

  /**
   * On whose behalf the stream runs. The eldest member represents all: they share because their answers are the same. Where they are so
   * only as far as everybody sees them, nobody's rights are used.
   */
  private viewer(): RequestInfo | null {
    for (const { info } of this.members.keys()) return this.isForEverybody ? asAnybody(info) : info;
    return null;
  }

  private retry(reason: StreamLost): void {
    const { plan, log } = this.options;
    this.stream = null;
    const now = Date.now();
    // The stream was established, so the absence begins now and not with the previous one.
    if (reason.stood) this.lostAt = null;
    if (reason.stood && now - this.openedAt >= steadyAfter) this.pause = firstPause;
    this.lostAt ??= now;
    if (now - this.lostAt > longestAbsence) return this.finish(unreachable(plan.service));
    log.warn({ os: plan.service, reason: reason.message, pause: this.pause }, 'a stream was lost and is reopened');
    // Up to a third longer, so that many streams of one subgraph do not all return at the same moment.
    this.timer = setTimeout(
      () => void this.ask(plan.resumable ? this.cursor : null),
      this.pause * (1 + Math.random() / 3),
    );
    this.pause = Math.min(this.pause * 2, longestPause);
  }

  /** Notifies the members after the events that are still being completed. */
  private finish(error: unknown): void {
    const told = this.tail.then(() => {
      if (this.ended) return;
      const members = [...this.members.keys()];
      this.members.clear();
      this.stop();
      for (const member of members) member.finish(error);
    });
    this.tail = told;
  }

  private stop(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    this.roomAgain?.();
    for (const end of this.completions) {
      end.leave();
      end.done();
    }
    const { stream } = this;
    this.stream = null;
    for (const end of this.endings) end();
    if (stream?.return) {
      stream
        .return()
        .catch((error: unknown) =>
          this.options.log.warn({ err: error, os: this.options.plan.service }, 'a stream failed to end cleanly'),
        );
    }
  }
}

/** What can go wrong with one event is an error of that event; the stream continues. */
function failed(error: unknown): ExecutionResult {
  return { data: null, errors: [error as GraphQLError] };
}

/** A copy of an event as it arrived; its completion changes it. */
function arrivedOf({ data, errors }: ExecutionResult): ExecutionResult {
  return { data: structuredClone(data) ?? null, ...(errors ? { errors } : {}) };
}
