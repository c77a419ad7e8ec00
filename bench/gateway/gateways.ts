import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { freePort, startCommand, type TestProcess } from '../../test/testkit/processes.ts';

import { withoutLimits } from '../config.ts';
import { onCore } from './cores.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = fileURLToPath(new URL('./', import.meta.url));
/** A folder of its own, since our files beside its packages would use its copy of graphql-js. */
const hiveFolder = join(here, 'hive');

/** Node's flag of `npm start`, for all gateways: the young generation may grow to 16 MiB. */
const heapFlag = '--max-semi-space-size=16';
/** Node's flags for our programs. */
const ourFlags = packageJson.scripts.start.split(' ').slice(1, -1);

export interface Place {
  /** The file of the supergraph. */
  supergraph: string;
  port: number;
  /** Whether identical fetches in flight are shared. */
  sharing: boolean;
}

/** A gateway of the comparison. */
export interface Contestant {
  readonly key: string;
  readonly title: string;
  /** Whether it can share identical fetches. */
  readonly shares: boolean;
  readonly command: (place: Place) => readonly string[];
  readonly env?: (place: Place) => Record<string, string>;
}

function hive({ supergraph, port, sharing }: Place): readonly string[] {
  const config = join(hiveFolder, `sharing-${sharing ? 'on' : 'off'}.mjs`);
  const program = join(hiveFolder, 'node_modules/@graphql-hive/gateway/dist/bin.js');
  const address = ['--host', '127.0.0.1', '--port', String(port)];
  return [process.execPath, heapFlag, program, 'supergraph', supergraph, '--config-path', config, ...address];
}

const typescript = ['--import', join(root, 'platform/config/typescript.ts')];

/**
 * Our program as anybody would start it with a supergraph of their own. Like the others it logs no line per operation, and its
 * limits are raised so far that it refuses nothing here.
 */
export const ours: Contestant = {
  key: 'ours',
  title: 'ours',
  shares: true,
  command: () => [process.execPath, ...ourFlags, join(root, 'gateway/start.ts')],
  env: ({ supergraph, port, sharing }) => ({
    SUPERGRAPH: supergraph,
    PORT: String(port),
    LIMITS: withoutLimits(),
    LOG_LEVEL: 'warn',
    ...(sharing ? {} : { SHARE_FETCHES: '0' }),
  }),
};

/** Ours with the subgraphs in its process. */
export const embedded: Contestant = {
  key: 'embedded',
  title: 'ours, embedded',
  shares: false,
  command: ({ supergraph, port }) => [
    process.execPath,
    ...ourFlags,
    join(here, 'embedded.ts'),
    supergraph,
    String(port),
  ],
};

export const apollo: Contestant = {
  key: 'apollo',
  title: 'Apollo',
  shares: false,
  command: ({ supergraph, port }) => [
    process.execPath,
    heapFlag,
    ...typescript,
    join(here, 'apollo.ts'),
    supergraph,
    String(port),
  ],
};

export const hiveJs: Contestant = { key: 'hiveJs', title: 'Hive JS', shares: true, command: hive };

export const hiveRust: Contestant = {
  key: 'hiveRust',
  title: 'Hive Rust',
  shares: true,
  command: (place) => [...hive(place), '--hive-router-runtime'],
};

/** No gateway, but what Node's HTTP server and client take for passing one request on. */
export const forward: Pick<Contestant, 'key' | 'title'> = { key: 'forward', title: 'forwarding' };

export function forwarding(url: string): Contestant {
  return {
    ...forward,
    shares: false,
    command: ({ port }) => [process.execPath, heapFlag, ...typescript, join(here, 'forward.ts'), url, String(port)],
  };
}

export interface Running {
  readonly contestant: Contestant;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Milliseconds until a gateway must answer. */
const startPatience = 60_000;

/** Starts a gateway on its core and waits until it answers a query. */
export async function start(contestant: Contestant, supergraph: string, sharing: boolean): Promise<Running> {
  const place = { supergraph, port: await freePort(), sharing };
  const started = startCommand(onCore('gateway', contestant.command(place)), {
    cwd: root,
    env: { NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: 'true', ...contestant.env?.(place) },
  });
  const origin = `http://127.0.0.1:${place.port}`;
  const until = Date.now() + startPatience;
  // Apollo Server answers at any path.
  const url = `${origin}/graphql`;
  while (!(await answers(url))) {
    if (Date.now() > until) {
      await started.kill();
      throw new Error(`${contestant.title} does not answer:\n${started.output.slice(-4_000)}`);
    }
    await sleep(100);
  }
  return { contestant, url, pid: started.pid, stop: () => stopped(started) };
}

async function stopped(started: TestProcess): Promise<void> {
  await started.stop();
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await post(url, JSON.stringify({ query: '{ __typename }' }));
    return response.status === 200;
  } catch {
    // It does not listen yet.
    return false;
  }
}

export async function post(url: string, body: string): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

/** Installs the gateways of others, as their lock file says, unless they are there. */
export async function installOthers(say: (text: string) => void): Promise<void> {
  const read = (path: string): string =>
    existsSync(join(hiveFolder, path)) ? readFileSync(join(hiveFolder, path), 'utf8') : '';
  const installed = packagesIn(read('node_modules/.package-lock.json'));
  const isComplete = [...packagesIn(read('package-lock.json'))].every(
    ([path, version]) => installed.get(path) === version,
  );
  if (isComplete) return;
  say('Hive Gateway is installed into bench/gateway/hive');
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: hiveFolder });
}

/** Versions of the packages of a lock file by path, without those for some platforms only. */
function packagesIn(text: string): Map<string, string> {
  if (text === '') return new Map();
  const { packages } = JSON.parse(text) as { packages: Record<string, { version?: string; optional?: boolean }> };
  return new Map(
    Object.entries(packages).flatMap(([path, { version, optional }]) =>
      path === '' || optional || version === undefined ? [] : [[path, version] as const],
    ),
  );
}
