import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A network line between clients and a server that can be cut. */
export interface Line extends AsyncDisposable {
  /** The address of the server through the line. */
  readonly url: string;
  /** Ends all connections. New connections wait until the line is restored. */
  cut(): void;
  mend(): void;
}

export async function openLine(to: string): Promise<Line> {
  const { port, hostname } = new URL(to);
  const open = new Set<Socket>();
  const waiting = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    open.add(client);
    client.once('close', () => {
      open.delete(client);
      waiting.delete(client);
    });
    client.on('error', () => client.destroy());
    if (isCut) waiting.add(client);
    else join(client);
  });
  const join = (client: Socket): void => {
    const onward = connect(Number(port), hostname);
    onward.on('error', () => client.destroy());
    onward.once('close', () => client.destroy());
    client.once('close', () => onward.destroy());
    client.pipe(onward).pipe(client);
  };
  const cut = (): void => {
    isCut = true;
    for (const client of open) client.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend() {
      isCut = false;
      for (const client of waiting) join(client);
      waiting.clear();
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
