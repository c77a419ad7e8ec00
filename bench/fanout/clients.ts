/** The subscribers: thousands of sockets in one process, which reads frames and nothing else, so that it is no bottleneck. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../bench.ts';
import { subscription, type ClientOrder, type ClientSeen } from './orders.ts';

/** Connections that are being opened at the same time. */
const openingAtOnce = 100;
/** Milliseconds to wait for events still in transit. */
const patience = 60_000;

const text = 1;
const ping = 9;
const pong = 10;

const arrivals: number[][] = [];
const subscribers: Subscriber[] = [];

/** A masked frame of a client, of at most 125 bytes or of at most 65,535. */
function frame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, n) => byte ^ (mask[n % 4] ?? 0)));
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length]), mask, masked]);
}

const say = (message: object): Buffer => frame(text, Buffer.from(JSON.stringify(message)));

class Subscriber {
  readonly #socket: Socket;
  readonly #ready: () => void;
  #pending: Buffer = Buffer.alloc(0);
  #isUpgraded = false;
  #events = 0;

  constructor(port: number, path: string, ready: () => void) {
    this.#ready = ready;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('error', (error) => fail(error));
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
        `sec-websocket-key: ${randomBytes(16).toString('base64')}\r\nsec-websocket-version: 13\r\n` +
        'sec-websocket-protocol: graphql-transport-ws\r\n\r\n',
    );
  }

  get events(): number {
    return this.#events;
  }

  #take(chunk: Buffer): void {
    let data = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    if (!this.#isUpgraded) {
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) return void (this.#pending = data);
      if (!data.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) return fail(new Error(data.toString()));
      this.#isUpgraded = true;
      this.#socket.write(say({ type: 'connection_init' }));
      data = data.subarray(end + 4);
    }
    let at = 0;
    for (;;) {
      const short = (data[at + 1] ?? 0) & 0x7f;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (data.length < at + head) break;
      const length =
        short === 126 ? data.readUInt16BE(at + 2) : short === 127 ? Number(data.readBigUInt64BE(at + 2)) : short;
      if (data.length < at + head + length) break;
      this.#hear((data[at] ?? 0) & 0x0f, data.subarray(at + head, at + head + length));
      at += head + length;
    }
    this.#pending = data.subarray(at);
  }

  #hear(opcode: number, payload: Buffer): void {
    if (opcode === ping) return void this.#socket.write(frame(pong, payload));
    if (opcode !== text) return;
    // An event begins with the operation's id; other messages with their type.
    if (payload[2] === 0x69) {
      (arrivals[this.#events] ??= []).push(now());
      this.#events += 1;
      return;
    }
    const { type } = JSON.parse(payload.toString()) as { type: string };
    if (type !== 'connection_ack') return;
    this.#socket.write(say({ id: '1', type: 'subscribe', payload: { query: subscription } }), () => this.#ready());
  }
}

function fail(error: Error): never {
  console.error(error);
  process.exit(1);
}

async function handle(order: ClientOrder): Promise<ClientSeen> {
  if ('subscribe' in order) {
    let opening = 0;
    for (let n = 0; n < order.subscribe; n += 1) {
      while (opening >= openingAtOnce) await sleep(1);
      opening += 1;
      subscribers.push(new Subscriber(order.port, order.path, () => (opening -= 1)));
    }
    while (opening > 0) await sleep(1);
    return { arrivals: [] };
  }
  const until = Date.now() + patience;
  while (subscribers.some(({ events }) => events < order.events)) {
    if (Date.now() > until) fail(new Error('Not every event has arrived.'));
    await sleep(20);
  }
  return { arrivals };
}

process.on('message', (order) => void handle(order as ClientOrder).then((seen) => process.send?.(seen)));
process.once('disconnect', () => process.exit(0));
process.send?.({ arrivals: [] });
