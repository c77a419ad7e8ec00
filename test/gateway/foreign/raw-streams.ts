import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

interface Subscribed {
  id: string;
  socket: WebSocket;
}

/** A server of graphql-ws by hand: it may send anything to its subscribers. */
export class RawStreams implements AsyncDisposable {
  readonly subscribed: Subscribed[] = [];
  /** Ids of the streams that the gateway has ended. */
  readonly completed: string[] = [];
  private readonly server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.server = server;
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const { type, id } = JSON.parse(data.toString()) as { type: string; id?: string };
        if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
        if (type === 'ping') socket.send('{"type":"pong"}');
        if (type === 'complete' && id !== undefined) this.completed.push(id);
        if (type === 'subscribe' && id !== undefined) this.subscribed.push({ id, socket });
      });
    });
  }

  static async open(): Promise<RawStreams> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    return new RawStreams(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/graphql`;
  }

  /** Sends a result, written as JSON, to each subscriber. */
  send(payload: string): void {
    for (const { id, socket } of this.subscribed) socket.send(`{"id":"${id}","type":"next","payload":${payload}}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
