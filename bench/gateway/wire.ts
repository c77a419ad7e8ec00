import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Answers the body of a request with a whole HTTP response: at once, or later if it is a promise. */
export type Respond = (body: string) => Buffer | Promise<Buffer>;

/** An HTTP/1.1 response with a JSON body. */
export function responseOf(json: string): Buffer {
  const body = Buffer.from(json);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/**
 * An HTTP/1.1 server of POST requests on kept-alive connections, and nothing else. Node's own server takes several times its CPU time,
 * which would be measured with the gateways.
 */
export async function serve(respond: Respond): Promise<{ port: number; close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    const connection = new Connection(socket, respond);
    socket.on('data', (chunk) => connection.take(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return { port, close };
}

class Connection {
  readonly #socket: Socket;
  readonly #respond: Respond;
  #pending: Buffer = Buffer.alloc(0);
  /** Whether a response is being made; requests behind it wait. */
  #busy = false;

  constructor(socket: Socket, respond: Respond) {
    this.#socket = socket;
    this.#respond = respond;
  }

  take(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (!this.#busy) this.#next();
  }

  #next(): void {
    for (;;) {
      const body = this.#body();
      if (body === null) return;
      const response = this.#respond(body);
      if (Buffer.isBuffer(response)) {
        this.#socket.write(response);
        continue;
      }
      this.#busy = true;
      response.then(
        (bytes) => {
          this.#socket.write(bytes);
          this.#busy = false;
          this.#next();
        },
        (error: unknown) => {
          console.error(error);
          this.#socket.destroy();
        },
      );
      return;
    }
  }

  /** The body of the first request, which is then taken from `pending`; null if it is not complete. */
  #body(): string | null {
    const pending = this.#pending;
    const end = pending.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const head = pending.toString('latin1', 0, end);
    const start = end + 4;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) {
      const until = start + Number(length);
      if (pending.length < until) return null;
      this.#pending = pending.subarray(until);
      return pending.toString('utf8', start, until);
    }
    if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error(`A request without a body: ${head}`);
    return this.#chunks(start);
  }

  #chunks(start: number): string | null {
    const pending = this.#pending;
    const parts: Buffer[] = [];
    for (let at = start; ;) {
      const line = pending.indexOf('\r\n', at);
      if (line < 0) return null;
      const size = Number.parseInt(pending.toString('latin1', at, line), 16);
      const from = line + 2;
      if (pending.length < from + size + 2) return null;
      if (size === 0) {
        this.#pending = pending.subarray(from + 2);
        return Buffer.concat(parts).toString('utf8');
      }
      parts.push(pending.subarray(from, from + size));
      at = from + size + 2;
    }
  }
}
