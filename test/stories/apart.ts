import { join } from 'node:path';
import { startProcess, type ProcessOptions, type TestProcess } from '../testkit/processes.ts';
import { freePort, removeFolder, throwawayFolder } from '../testkit/throwaway.ts';
import { signIn } from './embedded.ts';
import { eventually, type Place } from './place.ts';

/** Milliseconds. Several processes load their programs at the same time on two cores. */
const patience = 120_000;

export const systems = ['identity', 'assets', 'auction', 'hub'] as const;
export type System = (typeof systems)[number];

/** Each OS and the gateway in a separate process, on one Postgres. */
export interface ApartPlace extends Place {
  readonly databaseUrl: string;
  readonly routerSecret: string;
  /** The URL of an OS for routers. */
  urlOf(system: System): string;
  processOf(system: System | 'gateway'): TestProcess;
  /** Sends SIGTERM and waits for the end. */
  stop(system: System): Promise<void>;
  /** kill -9. */
  kill(system: System): Promise<void>;
  /** Restarts an OS on the same port, and waits until it is ready. */
  start(system: System): Promise<void>;
}

const routerSecret = 'a router secret of thirty-two characters';
const secretKey = 'a sealing secret of thirty-two characters';

/** Migrates the database and starts everything, the gateway last. */
export async function openApart(databaseUrl: string): Promise<ApartPlace> {
  const folder = throwawayFolder('apart');
  // Excludes the machine's own settings.
  const env = {
    DATABASE_URL: databaseUrl,
    ROUTER_SECRET: routerSecret,
    SECRET_KEY: secretKey,
    DATA_DIR: join(folder, 'data'),
    HOST: '127.0.0.1',
    NATS_URL: null,
    SUBGRAPH_URLS: null,
    LOG_LEVEL: 'info',
    CONSOLE_DIR: '/nonexistent',
    IDENTITY_URL: null,
  };
  const running = new Map<System | 'gateway', TestProcess>();
  const ports = new Map<System, number>();
  for (const system of systems) ports.set(system, await freePort());
  const urlOf = (system: System): string => `http://127.0.0.1:${ports.get(system)}/graphql`;

  const begin = (system: System): void => {
    const own = system === 'identity' ? {} : { SECRET_KEY: null, IDENTITY_URL: urlOf('identity') };
    const settings = { ...env, ...own, PORT: String(ports.get(system)) };
    running.set(system, startProcess('subgraphs/serve.ts', { args: [system], env: settings }));
  };
  const ready = (system: System): Promise<unknown> => processOf(system).line(`${system} is at http`, patience);
  const processOf = (system: System | 'gateway'): TestProcess => {
    const found = running.get(system);
    if (!found) throw new Error(`${system} was not started.`);
    return found;
  };
  const close = async (): Promise<void> => {
    await Promise.all([...running.values()].map((each) => each.stop()));
    removeFolder(folder);
  };

  try {
    await run('subgraphs/migrate.ts', [], env);
    const created = await run('subgraphs/operator.ts', ['create', '--email', 'op@example.org', '--name', 'Op'], env);
    const password = /^Password, shown only once: (\S+)$/m.exec(created)?.[1];
    for (const system of systems) begin(system);
    const subgraphUrls = systems.map((system) => `${system}=${urlOf(system)}`).join(',');
    const settings = { ...env, DATABASE_URL: null, SECRET_KEY: null, PORT: '0', SUBGRAPH_URLS: subgraphUrls };
    const gateway = startProcess('gateway/start.ts', { args: ['--apart'], env: settings });
    running.set('gateway', gateway);
    await Promise.all(systems.map(ready));
    const [, url = ''] = await gateway.line(/^ {2}GraphiQL +(http\S+)\/$/, patience);
    await eventually(async () => {
      const answer = await fetch(`${url}/health/ready`);
      if (answer.status !== 200) throw new Error(`The gateway waits: ${await answer.text()}`);
    }, patience);

    const place: ApartPlace = {
      url,
      databaseUrl,
      routerSecret,
      // A separate gateway caches rights for at most five seconds; as much again for a slow machine.
      rightsPatience: 10_000,
      operatorToken: () => signIn(place, 'op@example.org', password),
      urlOf,
      processOf,
      async stop(system) {
        const ending = await processOf(system).stop();
        if (ending.code !== 0) throw new Error(`${system} did not drain:\n${processOf(system).output.slice(-2000)}`);
      },
      async kill(system) {
        await processOf(system).kill();
      },
      async start(system) {
        begin(system);
        await ready(system);
      },
      [Symbol.asyncDispose]: close,
    };
    return place;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs a program to its end; returns its output. Fails on an exit code other than 0. */
export async function run(file: string, args: string[], env: NonNullable<ProcessOptions['env']>): Promise<string> {
  await using child = startProcess(file, { args, env });
  const { code } = await child.ended(patience);
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${child.output}`);
  return child.stdout;
}
