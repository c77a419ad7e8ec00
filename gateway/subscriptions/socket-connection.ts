import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import type { Circumstances, Presented } from '../authentication/authentication.ts';
import { codeOf, errorTable } from '../errors.ts';
import { closePatience, Connection, type ConnectionParts } from './connection.ts';
import type { Outlet } from './flow.ts';

/** The heartbeat of graphql-transport-ws, which clients can see, unlike the pings of WebSocket. */
const heartbeat = JSON.stringify({ type: 'ping' });

/** A connection over a WebSocket. */
export class SocketConnection extends Connection {
  readonly transport = 'ws';
  readonly socket: WebSocket;
  /** The upgrade, until the client has introduced itself: a thousand headers of clients that stay would take memory. */
  private upgrade: IncomingMessage | null;
  /** Whether the client answered our last ping of WebSocket. */
  alive = true;
  protected readonly wire: Socket;

  constructor(
    socket: WebSocket,
    request: IncomingMessage,
    circumstances: Circumstances,
    parts: ConnectionParts & { wire: Duplex },
  ) {
    super(circumstances, parts);
    this.socket = socket;
    this.upgrade = request;
    this.wire = parts.wire as Socket;
  }

  /** What the client has presented in `connection_init`, or else in the headers of the upgrade. */
  presented(params: Record<string, unknown>): ReturnType<typeof presentedBy> {
    const presented = presentedBy(params, this.upgrade?.headers ?? {});
    this.upgrade = null;
    return presented;
  }

  get hasGone(): boolean {
    return this.socket.readyState === WebSocket.CLOSED;
  }

  get buffered(): number {
    return this.socket.bufferedAmount;
  }

  protected get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  outlet(number: string): Outlet {
    const { socket } = this;
    const head = `{"id":${JSON.stringify(this.ids.nameOf(number) ?? '')},"type":"next","payload":`;
    return {
      get buffered() {
        return socket.bufferedAmount;
      },
      send: (payload, flushed) => this.send(`${head}${payload}}`, flushed),
      sendFrame: (frame, flushed) => this.send(frame.message(head), flushed),
    };
  }

  /** A whole message goes straight to the wire: without compression `ws` would only add the same few bytes again for each client. */
  protected write(message: string | Buffer, flushed: () => void): void {
    if (typeof message === 'string') this.socket.send(message, () => flushed());
    else this.wire.write(message, flushed);
  }

  /** A client without subscriptions has no data that grow old. */
  protected sendHeartbeat(): void {
    if (this.subscribers.size > 0) this.socket.send(heartbeat);
  }

  /** Answers a ping of the WebSocket protocol. */
  pong(data: Buffer): void {
    if (this.mayBuffer()) this.socket.pong(data);
  }

  protected closeWith(error: unknown): void {
    const code = codeOf(error);
    this.close(errorTable[code].close, `${code}: ${error instanceof Error ? error.message : ''}`);
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
    setTimeout(() => this.cut(), closePatience).unref();
  }

  cut(): void {
    this.socket.terminate();
  }
}

/** The credentials in `connection_init`, or else in the headers of the upgrade. */
function presentedBy(
  params: Record<string, unknown>,
  headers: IncomingHttpHeaders,
): Presented & { actingFor: string | null } {
  const said = (names: string[], header: string): string | null => {
    for (const name of names) if (typeof params[name] === 'string' && params[name] !== '') return params[name];
    const value = headers[header];
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
