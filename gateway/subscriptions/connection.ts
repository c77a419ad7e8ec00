import type { IncomingMessage } from 'node:http';
import { WebSocket, type RawData } from 'ws';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import { Expired, Forbidden } from '../../platform/errors/errors.ts';
import {
  checkedActingFor,
  requestInfo,
  type Authentication,
  type Circumstances,
  type Credential,
  type Presented,
} from '../authentication/authentication.ts';
import { codeOf, errorTable, type AnyErrorCode } from '../errors.ts';
import type { Listener, Outlet, Subscriber } from './subscriber.ts';

/** Milliseconds after which a socket that should have closed is cut: its other side no longer reads. */
const closePatience = 5_000;
/** The longest timer that Node can set. Tokens live far shorter; a longer one is looked at per event all the same. */
const longestTimer = 2_147_483_647;

/** The errors after which nothing more can be done on a connection. */
const endsConnection = new Set<AnyErrorCode>(['UNAUTHENTICATED', 'EXPIRED', 'SLOW_CONSUMER']);

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
  /** Aborted when the client has left. */
  readonly left = new AbortController();
  actingFor: string | null = null;
  private credential: Credential | null = null;
  private who: Pick<ActorSnapshot, 'id' | 'delegate' | 'universe'> | null = null;
  private universe: string | null = null;
  private expiry: NodeJS.Timeout | undefined;
  private readonly authentication: Authentication;

  constructor(
    socket: WebSocket,
    request: IncomingMessage,
    circumstances: Circumstances,
    authentication: Authentication,
  ) {
    this.socket = socket;
    this.request = request;
    this.circumstances = circumstances;
    this.authentication = authentication;
  }

  /** Says who is on the line. Throws when what was presented is not genuine. */
  async introduce(presented: Presented, actingFor: string | null): Promise<ActorSnapshot> {
    const credential = await this.authentication.credential(presented);
    const actor = await this.authentication.actor(credential);
    this.actingFor = checkedActingFor(actor, actingFor);
    this.universe = presented.universe;
    this.take(credential, actor);
    return actor;
  }

  /** Takes a fresh token of the same principal in place of the old one. Throws when it is somebody else's, or not genuine. */
  async refresh(authorization: string): Promise<ActorSnapshot> {
    const credential = await this.authentication.credential({ authorization, universe: this.universe });
    const actor = await this.authentication.actor(credential);
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

  /** The way out for one operation. */
  outlet(id: string): Outlet {
    const { socket } = this;
    const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    return {
      get buffered() {
        return socket.bufferedAmount;
      },
      send: (payload, flushed) => {
        if (socket.readyState !== WebSocket.OPEN) return flushed();
        socket.send(`${head}${payload}}`, () => flushed());
      },
    };
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
    this.left.abort();
    for (const subscriber of this.subscribers.values()) subscriber.end(null);
    this.subscribers.clear();
  }

  private known(): Credential {
    if (!this.credential) throw new Error('A connection was used before it was introduced.');
    return this.credential;
  }

  private take(credential: Credential, actor: ActorSnapshot): void {
    this.credential = credential;
    this.who = actor;
    this.expireAt(actor.expiresAt);
  }

  /** Streams on which nothing happens end with the token too. */
  private expireAt(end: number | null): void {
    clearTimeout(this.expiry);
    if (end === null) return;
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
