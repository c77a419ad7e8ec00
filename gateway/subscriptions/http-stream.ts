import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLFormattedError } from 'graphql';
import { NotFound } from '../../platform/errors/errors.ts';
import type { Circumstances } from '../authentication/authentication.ts';
import { closePatience, Connection, type ConnectionParts } from './connection.ts';
import type { Outlet } from './flow.ts';
import type { Framing } from './framing.ts';

export interface HttpStreamOptions {
  framing: Framing;
  /** Whether the response carries several operations, with the clients' ids: the single connection mode of graphql-sse. */
  isShared: boolean;
  /** Called once, when the stream has ended. */
  onEnd: () => void;
}

/** A connection over an HTTP response that stays open. A reserved one gets its response later. */
export class HttpStream extends Connection {
  readonly transport: string;
  readonly isShared: boolean;
  /** Resolves when the stream has its response. Rejects when the reservation has ended before. */
  readonly attached: Promise<void>;
  private readonly framing: Framing;
  private readonly onEnd: () => void;
  private response: ServerResponse | null = null;
  private isClosing = false;
  private isOver = false;
  /** Whether the token or session ended while an operation ran. */
  private endsAfterwards = false;
  private settle: { resolve: () => void; reject: (error: Error) => void } | null = null;

  constructor(circumstances: Circumstances, parts: ConnectionParts, options: HttpStreamOptions) {
    super(circumstances, parts);
    this.framing = options.framing;
    this.transport = options.framing.transport;
    this.isShared = options.isShared;
    this.onEnd = options.onEnd;
    this.attached = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // Often nobody waits for it.
    this.attached.catch(() => undefined);
  }

  /** Whether the stream has had its response. */
  get isAttached(): boolean {
    return this.response !== null;
  }

  get hasGone(): boolean {
    return this.isOver;
  }

  get buffered(): number {
    return this.response?.writableLength ?? 0;
  }

  protected get wire(): Socket | null {
    return this.response?.socket ?? null;
  }

  protected get isOpen(): boolean {
    return this.response !== null && !this.response.destroyed && !this.isOver && !this.isClosing;
  }

  /** Begins the response. */
  attach(response: ServerResponse): void {
    if (this.isOver || this.response) throw new Error('A stream gets one response.');
    this.response = response;
    response.once('close', () => this.end());
    if (response.destroyed) return this.end();
    response.writeHead(200, {
      'content-type': this.framing.contentType,
      'cache-control': 'no-store, no-transform',
      // nginx would hold events back.
      'x-accel-buffering': 'no',
    });
    this.send(this.framing.opening);
    this.settle?.resolve();
  }

  /** The outlet of one operation, by its number. */
  outlet(number: string): Outlet {
    const { framing } = this;
    const name = this.nameOf(number);
    const buffered = (): number => this.buffered;
    return {
      get buffered() {
        return buffered();
      },
      send: (payload, flushed) => this.send(framing.next(payload, name), flushed),
    };
  }

  /** Sends the only result of a query or mutation. */
  next(number: string, payload: string): void {
    if (this.wants(number)) this.send(this.framing.next(payload, this.nameOf(number)));
  }

  /** Sends the errors of an operation that did not start. */
  refuse(number: string, errors: readonly GraphQLFormattedError[]): void {
    this.next(number, JSON.stringify({ errors }));
    this.complete(number);
  }

  /** Sends the errors that ended an operation. */
  fail(number: string, errors: readonly GraphQLFormattedError[]): void {
    if (this.wants(number)) this.send(this.framing.failure(JSON.stringify(errors), this.nameOf(number)));
    this.complete(number);
  }

  /** The operation is over. */
  complete(number: string): void {
    if (this.wants(number)) {
      const text = this.framing.complete(this.nameOf(number));
      if (text !== '') this.send(text);
    }
    this.ids.forget(number);
  }

  /** The client of a shared stream cancels an operation. */
  leave(name: string): void {
    const number = this.ids.leave(name);
    if (number !== null) this.subscribers.get(number)?.end(null);
  }

  protected write(message: string | Buffer, flushed: () => void): void {
    this.response?.write(message, () => flushed());
  }

  protected sendHeartbeat(): void {
    this.send(this.framing.heartbeat);
  }

  protected closeWith(): void {
    this.close();
  }

  /** A query or mutation that runs is answered first; its response ends afterwards. */
  protected override endIdle(reason: unknown): void {
    if (this.running === 0) this.closeFor(reason);
    else this.endsAfterwards = true;
  }

  /** Called when an operation has ended. */
  handleOperationEnd(): void {
    if (!this.endsAfterwards || this.running > 0) return;
    this.endsAfterwards = false;
    // A later token may have come meanwhile.
    void this.look();
  }

  /** Ends the response, and cuts it if the client does not receive the rest. */
  close(): void {
    if (this.isClosing || this.isOver) return;
    if (!this.response) return this.end();
    const { closing } = this.framing;
    if (closing !== '') this.send(closing);
    this.isClosing = true;
    this.response.end();
    setTimeout(() => this.cut(), closePatience).unref();
  }

  cut(): void {
    if (this.response) this.response.destroy();
    else this.end();
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.settle?.reject(noStream());
    this.handleClose();
    this.onEnd();
  }

  private nameOf(number: string): string | null {
    return this.isShared ? (this.ids.nameOf(number) ?? '') : null;
  }
}

/** NOT_FOUND for a reserved stream that does not exist, or no longer. */
export function noStream(): NotFound {
  return new NotFound('There is no such event stream, or its reservation has expired. Reserve another one with PUT.');
}
