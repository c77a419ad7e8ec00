import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Everything that the tests read from the environment; the one place under `test/` that does. */
export interface TestConfig {
  /** A Postgres to use instead of a throwaway one. Its user must be allowed to create databases. */
  databaseUrl: string | null;
  /** A NATS server with JetStream to use instead of a throwaway one. */
  natsUrl: string | null;
  /** The Chromium to start; else the PATH is searched. */
  chromiumPath: string | null;
  /** A folder with the public data sets that `*.data.test.ts` read; null where there is none. */
  datasets: string | null;
  /** Whether DATASETS is set and empty: somebody says that there are none, and a run may be whole without them. */
  withoutDatasets: boolean;
  /** A folder for pictures of the explorer that a person wants to look at; null takes none. */
  screenshots: string | null;
  /** Run the tests that take minutes as well. */
  long: boolean;
  /** Where executables are looked for, in order. */
  searchPath: string[];
  /** Fail the run when a suite was left out. */
  nothingLeftOut: boolean;
}

/** Where the data sets lie when nobody says: beside the project. */
const datasetsBeside = fileURLToPath(new URL('../../../shared/data', import.meta.url));

function text(name: string): string | null {
  const value = process.env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

function yes(name: string): boolean {
  return ['1', 'true', 'yes'].includes(text(name)?.toLowerCase() ?? '');
}

/** Reads the environment afresh at each call, so that a test of the testkit may change it. */
export function testConfig(): TestConfig {
  return {
    databaseUrl: text('TEST_DATABASE_URL'),
    natsUrl: text('TEST_NATS_URL'),
    chromiumPath: text('CHROMIUM_PATH'),
    datasets:
      text('DATASETS') ?? (process.env['DATASETS'] !== '' && existsSync(datasetsBeside) ? datasetsBeside : null),
    withoutDatasets: process.env['DATASETS'] === '',
    screenshots: text('SCREENSHOTS'),
    searchPath: (text('PATH') ?? '').split(':').filter((folder) => folder !== ''),
    long: yes('LONG'),
    nothingLeftOut: yes('NOTHING_LEFT_OUT'),
  };
}

/**
 * The environment of this process with `changes` on top, for a child; `null` takes a variable out. What the test runner
 * puts into its workers' environment is left behind: a child must run as it would by hand.
 */
export function childEnvironment(changes: Record<string, string | null> = {}): Record<string, string> {
  const left: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...process.env, ...changes })) {
    if (value === undefined || value === null) continue;
    if (!(name in changes) && (name.startsWith('VITEST') || name === 'NODE_ENV' || name === 'NODE_OPTIONS')) continue;
    left[name] = value;
  }
  return left;
}

/** Whether this process is root: servers that refuse root are then started as another user. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The parent of throwaway folders. Root's servers run as another user, who may not be able to enter root's own TMPDIR, and
 * a Unix socket's path may have 107 characters at most: hence `/tmp` in both cases.
 */
export function temporaryParent(): string {
  const own = tmpdir();
  return (isRoot() || own.length > 60) && existsSync('/tmp') ? '/tmp' : own;
}
