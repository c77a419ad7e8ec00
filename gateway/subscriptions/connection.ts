import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { WebSocket, type RawData } from 'ws';
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
import { addressOf, consumerOf, type Consumer } from '../limits/consumer.ts';
import type { Rationing } from '../limits/rationing.ts';
import type { Outlet } from './flow.ts';
import { OperationIds } from './ids.ts';
import type { Listener, Subscriber } from './subscriber.ts';

/** Milliseconds after which a socket that should have closed is cut: its other side no longer reads. */
const closePatience = 5_000;
/** The longest timer that Node can set. Tokens live far shorter; a longer one is looked at per event all the same. */
const longestTimer = 2_147_483_647;

/** The errors after which nothing more can be done on a connection. */
const endsConnection = new Set<AnyErrorCode>(['UNAUTHENTICATED', 'EXPIRED', 'SLOW_CONSUMER']);

/** Answers of the largest size that may wait on one socket; whatever it is, one message more cuts the connection. */
const answersWaiting = 2;

/** One socket of one client: who it is, what it listens to, and how it ends. */
export class Connection {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly circumstances: Circumstances;
  readonly subscribers = new Map<string, Subscriber>();
  /** Answered our last ping. */
  alive = true;
  /** Operations that are running and will end by themselves. */
  running = 0;
  /** Numbers of the mutations among the operations. */
  readonly mutations = new Set<string>();
  /** Operations that end early when their client wants no more of them, by number. */
  readonly endings = new Map<string, OperationEnd>();
  readonly ids = new OperationIds((number) => this.endings.get(number)?.leave());
  actingFor: string | null = null;
  private credential: Credential | null = null;
  private who: Pick<ActorSnapshot, 'id' | 'delegate' | 'universe'> | null = null;
  private universe: string | null = null;
  private expiry: NodeJS.Timeout | undefined;
  private readonly authentication: Authentication;
  private readonly rationing: Rationing;
  private readonly wire: Duplex;
  private consumer: Consumer | null = null;
  /** Lets go of the connection's place among its consumer's sockets; before the introduction, among those of its address. */
  private release: () => void;
  private watch: NodeJS.Timeout | undefined;

  /** `place` is held for the connection already, and let go when it ends or is introduced. */
  constructor(
    socket: WebSocket,
    request: IncomingMessage,
    circumstances: Circumstances,
    parts: { authentication: Authentication; rationing: Rationing; wire: Duplex; place: () => void },
  ) {
    this.socket = socket;
    this.request = request;
    this.circumstances = circumstances;
    this.authentication = parts.authentication;
    this.rationing = parts.rationing;
    this.wire = parts.wire;
    this.release = parts.place;
  }

  /** Whether the socket has closed. */
  get hasGone(): boolean {
    return this.socket.readyState === WebSocket.CLOSED;
  }

  /** On whose account the connection is used, as it was introduced or refreshed. */
  get account(): Consumer {
    if (!this.consumer) throw new Error('A connection was used before it was introduced.');
    return this.consumer;
  }

  /** Says who is on the line. Throws when what was presented is not genuine. */
  async introduce(presented: Presented, actingFor: string | null): Promise<ActorSnapshot> {
    const { actor, credential } = await this.present(presented);
    this.actingFor = checkedActingFor(actor, actingFor);
    this.universe = presented.universe;
    const consumer = consumerOf(actor, credential.key, this.circumstances.client.ip);
    const place = this.rationing.hold(consumer, 'sockets');
    this.release();
    this.release = place;
    // The socket may have gone while identity was asked.
    if (this.hasGone) place();
    this.take(credential, actor);
    return actor;
  }

  /** Takes a fresh token of the same principal in place of the old one. Throws when it is somebody else's, or not genuine. */
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
      throw new Forbidden('A connection keeps its principal: open another one for somebody else.');
    }
    this.take(credential, actor);
    return actor;
  }

  /** The request in whose name an operation runs, looked up as for any HTTP request. */
  async requestInfo(requestId: string): Promise<RequestInfo> {
    const actor = await this.listener.actor();
    return requestInfo(actor, this.actingFor, { ...this.circumstances, requestId });
  }

  /** Looks at the connection's own credential each time, so that a refreshed token counts at once. */
  readonly listener: Pick<Listener, 'peek' | 'actor'> = {
    peek: () => this.authentication.peek(this.known()),
    actor: () => this.authentication.actor(this.known()),
  };

  /**
   * What was known of an actor no longer holds. Whose session has ended hears it now, not with the next event; while identity is
   * away nothing is concluded, since each event asks again.
   */
  async lookAgain(actorId: string): Promise<void> {
    if (this.who?.id !== actorId && this.who?.delegate !== actorId) return;
    try {
      await this.listener.actor();
    } catch (error) {
      if (codeOf(error) === 'UNAUTHENTICATED') this.endFor(error);
    }
  }

  /** The way out for one operation, by its number. */
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

  /** Counts what the client has said. What it says before it is introduced is one message. */
  heard(bytes: number): void {
    if (this.consumer) this.rationing.carried(this.consumer, bytes);
  }

  /** Sends one message; `flushed` is called when it has left the process, or never will. */
  send(text: string, flushed: () => void = () => undefined): void {
    if (!this.mayBuffer()) return flushed();
    this.socket.send(text, () => flushed());
    this.watchTaking();
  }

  /** Answers a ping of the protocol below ours. */
  pong(data: Buffer): void {
    if (this.mayBuffer()) this.socket.pong(data);
  }

  /** Whether something more may be sent: whoever leaves this much lying and asks for more is cut. */
  private mayBuffer(): boolean {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    if (this.socket.bufferedAmount <= answersWaiting * this.limits.answer) return true;
    this.socket.terminate();
    return false;
  }

  /** Cuts a client that does not take within its time what was sent to it. Runs while something waits. */
  private watchTaking(): void {
    if (this.watch || this.socket.bufferedAmount === 0) return;
    const wire = this.wire as Socket;
    // What Node calls written is what we gave it; what waits of that is not taken yet.
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

  /** Closes the socket when the error leaves nothing to be done on it; the error itself was sent before. */
  closeFor(error: unknown): void {
    const code = codeOf(error);
    if (!endsConnection.has(code)) return;
    // What graphql-ws writes about the error comes before the close.
    setImmediate(() => this.close(errorTable[code].close, `${code}: ${error instanceof Error ? error.message : ''}`));
  }

  /** Closes the socket, and cuts it when the other side does not answer. */
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

  /** The socket is gone. */
  gone(): void {
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
    return this.rationing.trying(address, presented.authorization, this.authentication.trial(presented));
  }

  private take(credential: Credential, actor: ActorSnapshot): void {
    this.credential = credential;
    this.who = actor;
    this.consumer = consumerOf(actor, credential.key, this.circumstances.client.ip);
    this.expireAt(actor.expiresAt);
  }

  /** Streams on which nothing happens end with the token too. */
  private expireAt(end: number | null): void {
    clearTimeout(this.expiry);
    // The socket may have gone while identity was asked: no timer keeps it then.
    if (end === null || this.hasGone) return;
    const left = end - Date.now();
    if (left <= 0) return this.endFor(new Expired('This access token has ended. Connect again with a fresh one.'));
    // A timer may fire a millisecond before the clock shows its time, and the longest one before the token ends: it looks again.
    this.expiry = setTimeout(() => this.expireAt(end), Math.min(left, longestTimer)).unref();
  }

  /** Ends every stream, and with them the connection, for a reason that lies in who is on the line. */
  private endFor(reason: unknown): void {
    if (this.subscribers.size === 0) this.closeFor(reason);
    for (const subscriber of this.subscribers.values()) subscriber.end(reason);
  }
}

/** What a client said in connection_init, or else in the headers of the upgrade. */
export function presentedBy(
  params: Record<string, unknown>,
  request: IncomingMessage,
): Presented & { actingFor: string | null } {
  const said = (names: string[], header: string): string | null => {
    for (const name of names) if (typeof params[name] === 'string' && params[name] !== '') return params[name];
    const value = request.headers[header];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    authorization: said(['authorization', 'Authorization'], 'authorization'),
    universe: said(['universe'], 'universe'),
    actingFor: said(['actingFor', 'acting-for'], 'acting-for'),
  };
}

/** A message as text. */
export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
