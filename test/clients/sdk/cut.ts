import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can be cut. */
export interface Line extends AsyncDisposable {
  readonly url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Breaks every open connection, as a lost network does. */
  cut(): void;
  /** Lets nothing through from the server any more, without breaking a connection; false lets it through again. */
  hold(holds: boolean): void;
}

/** Opens a way to the server at this address. */
export async function lineTo(url: string): Promise<Line> {
  const { port } = new URL(url);
  const open = new Set<Socket>();
  let connections = 0;
  let holds = false;
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect({ host: '127.0.0.1', port: Number(port) });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (data) => {
      if (!holds) client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    cut,
    hold: (given) => {
      holds = given;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
