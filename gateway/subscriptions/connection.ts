import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
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
import { codeOf, errorTable, type AnyErrorCode } from '../errors.ts';
import type { OperationEnd } from '../execution/end.ts';
import { headersOf, type HeaderForwarding } from '../headers/forwarding.ts';
import { sendable } from '../headers/rules.ts';
import { addressOf, consumerOf, type Consumer } from '../limits/consumer.ts';
import type { Rationing } from '../limits/rationing.ts';
import type { Outlet } from './flow.ts';
import { OperationIds } from './ids.ts';
import type { Listener, Subscriber } from './subscriber.ts';

/** Milliseconds after which a closing socket is cut: its other side no longer reads. */
const closePatience = 5_000;
/** Node's longest timer. Tokens live much shorter; longer ones are checked per event anyway. */
const longestTimer = 2_147_483_647;

/** Errors that end the connection. */
const endsConnection = new Set<AnyErrorCode>(['UNAUTHENTICATED', 'EXPIRED', 'SLOW_CONSUMER']);

/** Maximum-size answers that may be buffered on one socket; one more message of any size cuts the connection. */
const answersWaiting = 2;

/** One socket of one client: its principal, its subscriptions, and its end. */
export class Connection {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly circumstances: Circumstances;
  readonly subscribers = new Map<string, Subscriber>();
  /** Whether the client answered our last ping. */
  alive = true;
  /** Number of running queries and mutations. */
  running = 0;
  /** Numbers of the operations that are mutations. */
  readonly mutations = new Set<string>();
  /** Operations that end early when their client cancels them, by number. */
  readonly endings = new Map<string, OperationEnd>();
  readonly ids = new OperationIds((number) => this.endings.get(number)?.leave());
  actingFor: string | null = null;
  private credential: Credential | null = null;
  private who: Pick<ActorSnapshot, 'id' | 'delegate' | 'universe'> | null = null;
  private universe: string | null = null;
  private expiry: NodeJS.Timeout | undefined;
  private readonly authentication: Authentication;
  private readonly rationing: Rationing;
  private readonly forwarding: HeaderForwarding;
  /** The client's headers: of the upgrade and, instead of them, of connection_init. */
  private headers: Record<string, string>;
  private readonly wire: Duplex;
  private consumer: Consumer | null = null;
  /** Releases the connection's place among its consumer's sockets; before `introduce`, among those of its address. */
  private release: () => void;
  private watch: NodeJS.Timeout | undefined;

  /** `place` is already held for the connection, and is released when it ends or is introduced. */
  constructor(
    socket: WebSocket,
    request: IncomingMessage,
    circumstances: Circumstances,
    parts: {
      authentication: Authentication;
      rationing: Rationing;
      forwarding: HeaderForwarding;
      wire: Duplex;
      place: () => void;
    },
  ) {
    this.socket = socket;
    this.request = request;
    this.circumstances = circumstances;
    this.authentication = parts.authentication;
    this.rationing = parts.rationing;
    this.forwarding = parts.forwarding;
    this.headers = headersOf(request.headers);
    this.wire = parts.wire;
    this.release = parts.place;
  }

  /** Whether the socket has closed. */
  get hasGone(): boolean {
    return this.socket.readyState === WebSocket.CLOSED;
  }

  /** The consumer that is charged for the connection, as of the last `introduce` or `refresh`. */
  get account(): Consumer {
    if (!this.consumer) throw new Error('A connection was used before it was introduced.');
    return this.consumer;
  }

  /** Authenticates the connection. Throws when the credentials are not valid. */
  async introduce(
    presented: Presented,
    actingFor: string | null,
    words: Readonly<Record<string, string | undefined>>,
  ): Promise<ActorSnapshot> {
    const { actor, credential } = await this.present(presented);
    for (const [name, value] of Object.entries(words))
      if (value !== undefined && sendable.test(value)) this.headers[name] = value;
    this.actingFor = checkedActingFor(actor, actingFor);
    this.universe = presented.universe;
    const consumer = consumerOf(actor, credential.key, this.circumstances.client.ip);
    const place = this.rationing.hold(consumer, 'sockets');
    this.release();
    this.release = place;
    // The socket may have closed while identity was asked.
    if (this.hasGone) place();
    this.take(credential, actor);
    return actor;
  }

  /** Replaces the token by a fresh one of the same principal. Throws when it is invalid or belongs to another principal. */
  async refresh(authorization: string): Promise<ActorSnapshot> {
    const { actor, credential } = await this.present({ authorization, universe: this.universe });
    const { who } = this;
    if (
      !who ||
      who.id === null ||
      who.id !== actor.id ||
      who.delegate !== actor.delegate ||
      who.universe !== actor.universe
    ) {
      throw new Forbidden('authorization: a connection keeps its principal. Open another connection for this token.');
    }
    if (sendable.test(authorization)) this.headers['authorization'] = authorization;
    this.take(credential, actor);
    return actor;
  }

  /** The request info of an operation, looked up as for any HTTP request. */
  async requestInfo(requestId: string): Promise<RequestInfo> {
    return this.infoOf(await this.listener.actor(), requestId);
  }

  /** The request info of an operation for the current actor. Throws when it may no longer act for its organization. */
  infoOf(actor: ActorSnapshot, requestId: string): RequestInfo {
    const forwarded = this.forwarding.of(this.headers, actor);
    return requestInfo(actor, this.actingFor, { ...this.circumstances, requestId, forwarded });
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
    if (this.who?.id !== actorId && this.who?.delegate !== actorId) return;
    try {
      await this.listener.actor();
    } catch (error) {
      if (codeOf(error) === 'UNAUTHENTICATED') this.endFor(error);
    }
  }

  /** The outlet of one operation, by its number. */
  outlet(number: string): Outlet {
    const { socket } = this;
    const head = `{"id":${JSON.stringify(this.ids.nameOf(number) ?? '')},"type":"next","payload":`;
    return {
      get buffered() {
        return socket.bufferedAmount;
      },
      send: (payload, flushed) => this.send(`${head}${payload}}`, flushed),
    };
  }

  /** Charges bytes received from the client. Before `introduce` there is only one message, which is free. */
  chargeReceived(bytes: number): void {
    if (this.consumer) this.rationing.chargeBytes(this.consumer, bytes);
  }

  /** Sends one message; `flushed` is called when it has left the process or never will. */
  send(text: string, flushed: () => void = () => undefined): void {
    if (!this.mayBuffer()) return flushed();
    this.socket.send(text, () => flushed());
    this.watchTaking();
  }

  /** Answers a ping of the WebSocket protocol. */
  pong(data: Buffer): void {
    if (this.mayBuffer()) this.socket.pong(data);
  }

  /** Whether more may be sent. Cuts a client that leaves this much unread and requests more. */
  private mayBuffer(): boolean {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    if (this.socket.bufferedAmount <= answersWaiting * this.limits.answer) return true;
    this.socket.terminate();
    return false;
  }

  /** Cuts a client that does not receive its data in time. Runs while data is buffered. */
  private watchTaking(): void {
    if (this.watch || this.socket.bufferedAmount === 0) return;
    const wire = this.wire as Socket;
    // `bytesWritten` includes buffered bytes; those have not been received yet.
    const given = wire.bytesWritten;
    this.watch = setTimeout(() => {
      this.watch = undefined;
      if (wire.bytesWritten - wire.writableLength < given) this.socket.terminate();
      else this.watchTaking();
    }, this.limits.taking).unref();
  }

  private get limits(): ReturnType<Rationing['of']> {
    return this.rationing.of(this.consumer?.role ?? 'anonymous');
  }

  /** Closes the socket if the error ends the connection; the error itself has been sent before. */
  closeFor(error: unknown): void {
    const code = codeOf(error);
    if (!endsConnection.has(code)) return;
    // graphql-ws sends the error message before the close.
    setImmediate(() => this.close(errorTable[code].close, `${code}: ${error instanceof Error ? error.message : ''}`));
  }

  /** Closes the socket, and cuts it if the other side does not answer. */
  close(code: number, reason: string): void {
    // A close frame holds at most 123 bytes of reason.
    this.socket.close(
      code,
      Buffer.from(reason)
        .subarray(0, 123)
        .toString('utf8')
        .replace(/\uFFFD$/, ''),
    );
    setTimeout(() => this.socket.terminate(), closePatience).unref();
  }

  /** The socket has closed. */
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
    this.expireAt(actor.expiresAt);
  }

  /** Ends the connection when the token expires, so that idle streams end too. */
  private expireAt(end: number | null): void {
    clearTimeout(this.expiry);
    // The socket may have closed while identity was asked: set no timer then.
    if (end === null || this.hasGone) return;
    const left = end - Date.now();
    if (left <= 0) return this.endFor(new Expired('This access token has expired. Connect again with a fresh one.'));
    // A timer may fire a millisecond early, and the longest timer before the token expires: check again.
    this.expiry = setTimeout(() => this.expireAt(end), Math.min(left, longestTimer)).unref();
  }

  /** Ends all streams, and with them the connection, because of its principal. */
  private endFor(reason: unknown): void {
    if (this.subscribers.size === 0) this.closeFor(reason);
    for (const subscriber of this.subscribers.values()) subscriber.end(reason);
  }
}
