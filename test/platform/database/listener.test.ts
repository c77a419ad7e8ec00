import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PostgresListener } from '../../../platform/database/listener.ts';

/** The protocol as far as a listener needs it: accepts everyone, and answers each statement as a LISTEN. */
class FakePostgres {
  readonly server = createServer((socket) => this.#serve(socket));
  readonly open = new Set<Socket>();
  /** Number of connections so far. */
  accepted = 0;
  /** Whether connections are dropped at their first statement. */
  isFlapping = false;

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  dropAll(): void {
    for (const socket of this.open) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.open.add(socket);
    this.accepted += 1;
    socket.on('close', () => this.open.delete(socket));
    socket.on('error', () => undefined);
    const ready = message('Z', Buffer.from('I'));
    let isGreeted = false;
    socket.on('data', (data) => {
      if (!isGreeted) {
        isGreeted = true;
        socket.write(Buffer.concat([message('R', Buffer.alloc(4)), message('K', Buffer.alloc(8)), ready]));
      } else if (String.fromCharCode(data[0]!) === 'X') socket.end();
      else if (this.isFlapping) socket.destroy();
      else socket.write(Buffer.concat([message('C', Buffer.from('LISTEN\0')), ready]));
    });
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

let postgres: FakePostgres;
let listener: PostgresListener;
const reports: string[] = [];
beforeEach(async () => {
  postgres = new FakePostgres();
  const connectionString = `postgres://u@127.0.0.1:${await postgres.listen()}/d`;
  listener = new PostgresListener({ connectionString }, (report) => reports.push(report));
  // The waits between attempts; the connections themselves are real.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await listener.close();
  postgres.dropAll();
  postgres.server.close();
});

test('a server that drops each new connection is asked by one attempt at a time, and later has one connection', async () => {
  await listener.listen('facts', () => undefined);
  expect(postgres.open.size).toBe(1);
  postgres.isFlapping = true;
  postgres.dropAll();
  // Each lost connection is reported once, and followed by one attempt.
  for (let attempt = 1; attempt <= 4; attempt++) {
    await expect.poll(() => [reports.length, postgres.open.size]).toEqual([attempt, 0]);
    // What else the lost connection causes happens in the same tick.
    await new Promise(setImmediate);
    expect(postgres.accepted).toBe(attempt);
    if (attempt === 4) postgres.isFlapping = false;
    vi.runOnlyPendingTimers();
  }
  await expect.poll(() => postgres.open.size).toBe(1);
  // Nothing else was waiting.
  vi.runOnlyPendingTimers();
  await listener.listen('more', () => undefined);
  expect([postgres.accepted, reports.length]).toEqual([5, 4]);
});
