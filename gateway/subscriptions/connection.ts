import type { Socket } from 'node:net';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import { Expired, Forbidden } from '../../platform/errors/errors.ts';
import {
  requestInfo,
  type Authentication,
  type Circumstances,
  type Credential,
  type Presented,
} from '../authentication/authentication.ts';
import { checkedActingFor } from '../../platform/access/acting-for.ts';
import { codeOf, type AnyErrorCode } from '../errors.ts';
import type { OperationEnd } from '../execution/end.ts';
import { StreamRefused } from '../execution/stream.ts';
import { addressOf, consumerOf, type Consumer } from '../limits/consumer.ts';
import type { Rationing } from '../limits/rationing.ts';
import type { Outlet } from './flow.ts';
import { OperationIds } from './ids.ts';
import type { Listener, Subscriber } from './subscriber.ts';

/** Milliseconds after which a closing connection is cut: its other side no longer reads. */
export const closePatience = 5_000;
/** Node's longest timer. Tokens live much shorter; longer ones are checked per event anyway. */
const longestTimer = 2_147_483_647;

/** Errors that end the connection. */
export const endsConnection = new Set<AnyErrorCode>(['UNAUTHENTICATED', 'EXPIRED', 'SLOW_CONSUMER']);

/** Maximum-size answers that may be buffered on one connection; one more message of any size cuts the connection. */
const answersWaiting = 2;

/** Beats of silence after which the client gets a heartbeat. */
const quietBeats = 4;

let connections = 0;

/** What a connection needs of the gateway. `place` is already held for it, and is released when it ends or is introduced. */
export interface ConnectionParts {
  authentication: Authentication;
  rationing: Rationing;
  place: () => void;
}

/** Who a connection's client is, as authenticated. */
export interface Introduced {
  actor: ActorSnapshot;
  credential: Credential;
  universe: string | null;
  actingFor: string | null;
}

/** One connection of one client, over any transport: its principal, its subscriptions, and its end. */
export abstract class Connection {
  /** Identifies the connection: clients may choose equal request ids. */
  readonly key = `connection ${(connections += 1)}`;
  readonly circumstances: Circumstances;
  readonly subscribers = new Map<string, Subscriber>();
  /** Number of running queries and mutations. */
  running = 0;
  /** Numbers of the operations that are mutations. */
  readonly mutations = new Set<string>();
  /** Operations that end early when their client cancels them, by number. */
  readonly endings = new Map<string, OperationEnd>();
  readonly ids = new OperationIds((number) => this.endings.get(number)?.leave());
  actingFor: string | null = null;
  protected universe: string | null = null;
  private credential: Credential | null = null;
  private who: Pick<ActorSnapshot, 'id' | 'delegate' | 'universe'> | null = null;
  private expiry: NodeJS.Timeout | undefined;
  private readonly authentication: Authentication;
  protected readonly rationing: Rationing;
  private consumer: Consumer | null = null;
  /** Releases the connection's place among its consumer's connections; before `introduce`, among those of its address. */
  private release: () => void;
  private watch: NodeJS.Timeout | undefined;
  /** Beats since something was sent. */
  private quiet = 0;

  constructor(circumstances: Circumstances, parts: ConnectionParts) {
    this.circumstances = circumstances;
    this.authentication = parts.authentication;
    this.rationing = parts.rationing;
    this.release = parts.place;
  }

  /** The name of the transport in the log. */
  abstract readonly transport: string;
  /** Whether the connection has closed. */
  abstract get hasGone(): boolean;
  /** Bytes that the client has not received yet. */
  abstract get buffered(): number;
  /** The TCP connection; `null` while there is none. */
  protected abstract get wire(): Socket | null;
  /** The outlet of one operation, by its number. */
  abstract outlet(number: string): Outlet;
  /** Writes to an open connection, a text or a message as its transport sends it; `flushed` is called when it has left the process. */
  protected abstract write(message: string | Buffer, flushed: () => void): void;
  /** Whether the connection is open for writing. */
  protected abstract get isOpen(): boolean;
  /** Tells the client that the connection lives. */
  protected abstract sendHeartbeat(): void;
  /** Closes the connection because of an error that its operations have been told. */
  protected abstract closeWith(error: unknown): void;
  /** Cuts the connection. */
  abstract cut(): void;

  /** Whether the client still wants an operation. */
  wants(number: string): boolean {
    return this.ids.nameOf(number) !== undefined && !this.hasGone;
  }

  /** The consumer that is charged for the connection, as of the last `introduce` or `refresh`. */
  get account(): Consumer {
    if (!this.consumer) throw new Error('A connection was used before it was introduced.');
    return this.consumer;
  }

  /** Authenticates the connection. Throws when the credentials are not valid. */
  async introduce(presented: Presented, actingFor: string | null): Promise<ActorSnapshot> {
    const { actor, credential } = await this.present(presented);
    this.adopt({ actor, credential, universe: presented.universe, actingFor });
    return actor;
  }

  /** Takes over an authenticated client. Throws FORBIDDEN, or TOO_MANY when it has too many connections. */
  adopt({ actor, credential, universe, actingFor }: Introduced): void {
    this.actingFor = checkedActingFor(actor, actingFor);
    this.universe = universe;
    const consumer = consumerOf(actor, credential.key, this.circumstances.client.ip);
    const place = this.rationing.hold(consumer, 'sockets');
    this.release();
    this.release = place;
    // The client may have left while identity was asked.
    if (this.hasGone) place();
    this.take(credential, actor);
  }

  /** Replaces the token by a fresh one of the same principal. Throws when it is invalid or belongs to another principal. */
  async refresh(authorization: string): Promise<ActorSnapshot> {
    const { actor, credential } = await this.present({ authorization, universe: this.universe });
    if (actor.id === null || !this.isPrincipal(actor)) throw anotherPrincipal();
    this.circumstances.headers?.adopt({ authorization });
    this.take(credential, actor);
    return actor;
  }

  /**
   * Requires that a further HTTP request of the connection comes from its principal. A token that is valid for longer replaces the
   * earlier one. Throws FORBIDDEN, or what is wrong with the token.
   */
  async require({ actingFor, ...presented }: Presented & { actingFor: string | null }): Promise<void> {
    const { actor, credential } = await this.present(presented);
    if (!this.isPrincipal(actor)) throw anotherPrincipal();
    if (actingFor !== null && actingFor !== this.actingFor)
      throw new Forbidden('acting-for: a connection acts for one organization. Open another connection for this one.');
    if ((credential.expiresAt ?? 0) <= (this.known().expiresAt ?? Infinity)) return;
    this.circumstances.headers?.adopt({ authorization: presented.authorization ?? undefined });
    this.take(credential, actor);
  }

  private isPrincipal({ id, delegate, universe }: ActorSnapshot): boolean {
    const { who } = this;
    return who !== null && who.id === id && who.delegate === delegate && who.universe === universe;
  }

  /** The request info of an operation, looked up as for any HTTP request. */
  async requestInfo(requestId: string): Promise<RequestInfo> {
    const actor = await this.listener.actor();
    return requestInfo(actor, this.actingFor, { ...this.circumstances, requestId });
  }

  /** Reads the connection's credential each time, so that a refreshed token takes effect at once. */
  readonly listener: Pick<Listener, 'peek' | 'actor'> = {
    peek: () => this.authentication.peek(this.known()),
    actor: () => this.authentication.actor(this.known()),
  };

  /**
   * Called when an actor's rights or sessions have changed. If the session has ended, ends the connection now and not at the next
   * event. While identity is unavailable nothing happens, since each event asks again.
   */
  async lookAgain(actorId: string): Promise<void> {
    if (this.who?.id === actorId || this.who?.delegate === actorId) await this.look();
  }

  /** Ends the connection if its token or session has ended. */
  protected async look(): Promise<void> {
    try {
      await this.listener.actor();
    } catch (error) {
      if (endsConnection.has(codeOf(error))) this.endFor(error);
    }
  }

  /** Charges bytes received from the client. Before `introduce` there is only one message, which is free. */
  chargeReceived(bytes: number): void {
    if (this.consumer) this.rationing.chargeBytes(this.consumer, bytes);
  }

  /** Sends one message; `flushed` is called when it has left the process or never will. */
  send(message: string | Buffer, flushed: () => void = () => undefined): void {
    if (!this.mayBuffer()) return flushed();
    this.quiet = 0;
    this.write(message, flushed);
    this.watchTaking();
  }

  /**
   * Called twice a second. After two seconds of silence the client gets a heartbeat, so that it knows within three that its data is old.
   * A client that has not received earlier data needs none.
   */
  beat(): void {
    this.quiet += 1;
    if (this.quiet < quietBeats || !this.isOpen || this.buffered > 0) return;
    this.quiet = 0;
    this.sendHeartbeat();
  }

  /** Whether more may be sent. Cuts a client that leaves this much unread and requests more. */
  protected mayBuffer(): boolean {
    if (!this.isOpen) return false;
    if (this.buffered <= answersWaiting * this.limits.answer) return true;
    this.cut();
    return false;
  }

  /** Cuts a client that does not receive its data in time. Runs while data is buffered. */
  private watchTaking(): void {
    const { wire } = this;
    if (this.watch || !wire || this.buffered === 0) return;
    // `bytesWritten` includes buffered bytes; those have not been received yet.
    const given = wire.bytesWritten;
    this.watch = setTimeout(() => {
      this.watch = undefined;
      if (wire.bytesWritten - wire.writableLength < given) this.cut();
      else this.watchTaking();
    }, this.limits.taking).unref();
  }

  private get limits(): ReturnType<Rationing['of']> {
    return this.rationing.of(this.consumer?.role ?? 'anonymous');
  }

  /** Closes the connection if the error ends it; the error itself has been sent before. An OS's refusal ends only its stream. */
  closeFor(error: unknown): void {
    // The operations' own messages are sent before.
    if (!(error instanceof StreamRefused) && endsConnection.has(codeOf(error)))
      setImmediate(() => this.closeWith(error));
  }

  /** The connection has closed. */
  handleClose(): void {
    clearTimeout(this.expiry);
    clearTimeout(this.watch);
    this.release();
    for (const end of this.endings.values()) end.leave();
    for (const subscriber of this.subscribers.values()) subscriber.end(null);
    this.subscribers.clear();
  }

  private known(): Credential {
    if (!this.credential) throw new Error('A connection was used before it was introduced.');
    return this.credential;
  }

  private present(presented: Presented): ReturnType<Authentication['present']> {
    const address = addressOf(this.circumstances.client.ip);
    return this.rationing.verify(address, presented.authorization, this.authentication.trial(presented));
  }

  private take(credential: Credential, actor: ActorSnapshot): void {
    this.credential = credential;
    this.who = actor;
    this.consumer = consumerOf(actor, credential.key, this.circumstances.client.ip);
    for (const subscriber of this.subscribers.values()) subscriber.renew(actor);
    this.expireAt(actor.expiresAt);
  }

  /** Ends the connection when the token expires, so that idle streams end too. */
  private expireAt(end: number | null): void {
    clearTimeout(this.expiry);
    // The client may have left while identity was asked: set no timer then.
    if (end === null || this.hasGone) return;
    const left = end - Date.now();
    if (left <= 0) return this.endFor(new Expired('This access token has expired. Connect again with a fresh one.'));
    // A timer may fire a millisecond early, and the longest timer before the token expires: check again.
    this.expiry = setTimeout(() => this.expireAt(end), Math.min(left, longestTimer)).unref();
  }

  /** Ends all streams, and with them the connection, because of its principal. */
  private endFor(reason: unknown): void {
    if (this.subscribers.size === 0) this.endIdle(reason);
    for (const subscriber of this.subscribers.values()) subscriber.end(reason);
  }

  /** Ends a connection without streams because of its principal. */
  protected endIdle(reason: unknown): void {
    this.closeFor(reason);
  }
}

function anotherPrincipal(): Forbidden {
  return new Forbidden('authorization: a connection keeps its principal. Open another connection for this token.');
}
