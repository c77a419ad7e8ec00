import type { ServerResponse } from 'node:http';
import type { SubscribePayload } from 'graphql-ws';
import { newToken } from '../../platform/secrets/token.ts';
import { Conflict } from '../../platform/errors/errors.ts';
import type { Authentication, Circumstances } from '../authentication/authentication.ts';
import { badQuery, GatewayError, goingAway, type ErrorFormat } from '../errors.ts';
import { answerTooLarge, type Rationing } from '../limits/rationing.ts';
import type { Introduced } from './connection.ts';
import { eventStream, type Framing } from './framing.ts';
import type { Heartbeats } from './heartbeats.ts';
import { HttpStream, noStream } from './http-stream.ts';
import { longestId } from './ids.ts';
import { endingErrors, type Operations, type Prepared } from './operations.ts';

/** Milliseconds from a reservation to its stream: as for the first message on a WebSocket. */
const reservationPatience = 10_000;
/** Milliseconds that clients have at the end to receive what they were told. */
const closingPatience = 2_000;

export interface HttpStreamsOptions {
  operations: Operations;
  heartbeats: Heartbeats;
  authentication: Authentication;
  rationing: Rationing;
  format: ErrorFormat;
}

/** A client that was authenticated by its HTTP request. */
export interface HttpClient extends Introduced {
  circumstances: Circumstances;
}

/** Operations over HTTP responses that stay open: of one operation each, or of several on one reserved event stream. */
export class HttpStreams {
  private readonly options: HttpStreamsOptions;
  private readonly streams = new Set<HttpStream>();
  private readonly reserved = new Map<string, HttpStream>();
  private isStopping = false;

  constructor(options: HttpStreamsOptions) {
    this.options = options;
  }

  /** Number of open responses. */
  get size(): number {
    let sum = 0;
    for (const { isAttached } of this.streams) if (isAttached) sum += 1;
    return sum;
  }

  /** Number of queries and mutations running on all streams. */
  get running(): number {
    let sum = 0;
    for (const { running } of this.streams) sum += running;
    return sum;
  }

  /** Checks connections of an actor whose rights or sessions have changed. */
  lookAgain(actorId: string): void {
    for (const stream of this.streams) void stream.lookAgain(actorId);
  }

  /**
   * Answers one operation with a response of its own. Throws TOO_MANY when the client has too many connections; later errors are
   * results. `release` is the operation's place among the running ones.
   */
  async answer(
    client: HttpClient,
    framing: Framing,
    payload: SubscribePayload,
    { response, release }: { response: ServerResponse; release: () => void },
  ): Promise<void> {
    const stream = this.open(client, framing, false);
    stream.attach(response);
    const id = stream.ids.begin('') ?? '';
    const { requestId } = client.circumstances;
    try {
      const prepared = await this.options.operations.prepare(stream, { id, payload, requestId, release });
      await this.run(stream, prepared);
    } catch (error) {
      stream.refuse(id, endingErrors(error, this.options.format));
    } finally {
      stream.close();
    }
  }

  /** Reserves an event stream for several operations; returns its token. Throws TOO_MANY when the client has too many connections. */
  reserve(client: HttpClient): string {
    const token = newToken('est');
    const stream = this.open(client, eventStream, true, () => {
      clearTimeout(timer);
      this.reserved.delete(token);
    });
    const timer = setTimeout(() => {
      if (!stream.isAttached) stream.close();
    }, reservationPatience).unref();
    this.reserved.set(token, stream);
    return token;
  }

  /** The stream of a reservation. Throws NOT_FOUND. */
  find(token: string): HttpStream {
    const stream = this.reserved.get(token);
    if (!stream) throw noStream();
    return stream;
  }

  /** Opens a reserved stream. Throws CONFLICT when it is open already. */
  attach(stream: HttpStream, response: ServerResponse): void {
    if (stream.isAttached) throw new Conflict('This event stream is open already. Reserve another one with PUT.');
    stream.attach(response);
  }

  /**
   * Begins an operation on a reserved stream; waits until that is open. Resolves when the operation is accepted, its results follow on
   * the stream. Throws when it is refused.
   */
  async begin(stream: HttpStream, payload: SubscribePayload, requestId: string, release: () => void): Promise<void> {
    const name = payload.extensions?.['operationId'];
    if (typeof name !== 'string' || name === '' || name.length > longestId)
      throw badQuery(`extensions.operationId: must be a string of 1 to ${longestId} characters.`);
    await stream.attached;
    const id = stream.ids.begin(name);
    if (id === null) throw new Conflict(`extensions.operationId: "${name}" is an open operation of this stream.`);
    let prepared: Prepared;
    try {
      prepared = await this.options.operations.prepare(stream, { id, payload, requestId, release });
      this.options.operations.requireValid(prepared, prepared.consumer.role);
    } catch (error) {
      stream.ids.forget(id);
      throw error;
    }
    void this.run(stream, prepared);
  }

  /** From now on streams are refused, and reservations end: the process stops. */
  stop(): void {
    this.isStopping = true;
    for (const stream of this.streams) if (!stream.isAttached) stream.close();
  }

  /** Tells all clients to connect elsewhere, and cuts those that have not received it after two seconds. */
  async close(): Promise<void> {
    this.stop();
    for (const stream of this.streams) {
      for (const subscriber of stream.subscribers.values()) subscriber.end(restarting());
      for (const end of stream.endings.values()) end.leave();
      // After the messages of its operations.
      setImmediate(() => stream.close());
    }
    const patience = Date.now() + closingPatience;
    while (this.streams.size > 0 && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const stream of this.streams) stream.cut();
  }

  private open(client: HttpClient, framing: Framing, isShared: boolean, onEnd?: () => void): HttpStream {
    if (this.isStopping) throw restarting();
    const { authentication, rationing, heartbeats } = this.options;
    const parts = { authentication, rationing, place: () => undefined };
    const stream = new HttpStream(client.circumstances, parts, {
      framing,
      isShared,
      onEnd: () => {
        silence();
        onEnd?.();
        this.streams.delete(stream);
      },
    });
    stream.adopt(client);
    const silence = heartbeats.add(stream);
    this.streams.add(stream);
    return stream;
  }

  /** Runs a prepared operation and sends its results. Never rejects. */
  private async run(stream: HttpStream, prepared: Prepared): Promise<void> {
    const { operations, format } = this.options;
    const { id, planned, release } = prepared;
    try {
      if (!planned) stream.next(id, await this.resultOf(stream, prepared));
      // The client may have left during preparation.
      else if (!stream.wants(id)) release();
      // Its events go to the stream directly.
      else await operations.subscribe(prepared).next();
      stream.complete(id);
    } catch (error) {
      stream.fail(id, endingErrors(error, format));
      stream.closeFor(error);
    } finally {
      stream.subscribers.delete(id);
      stream.mutations.delete(id);
      stream.handleOperationEnd();
    }
  }

  /** The result of a query or mutation, as JSON. */
  private async resultOf(stream: HttpStream, prepared: Prepared): Promise<string> {
    const { operations, rationing } = this.options;
    const { account } = stream;
    const text = JSON.stringify(await operations.execute(prepared));
    const bytes = Buffer.byteLength(text);
    rationing.chargeBytes(account, bytes);
    const { answer } = rationing.of(account.role);
    if (bytes > answer) throw answerTooLarge(answer, bytes, prepared.context.record.kind);
    return text;
  }
}

function restarting(): GatewayError {
  return new GatewayError('UNAVAILABLE', goingAway.reason);
}
