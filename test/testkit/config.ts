import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

/** All settings that the tests read from the environment, read nowhere else under `test/`. */
export interface TestConfig {
  /** A Postgres to use instead of a throwaway one. Its user must be allowed to create databases. */
  databaseUrl: string | null;
  /** A NATS server with JetStream to use instead of a throwaway one. */
  natsUrl: string | null;
  /** The Chromium to start; by default searched on the PATH. */
  chromiumPath: string | null;
  /** The folder of public data sets for `*.data.test.ts`; null if there is none. */
  datasets: string | null;
  /** Whether DATASETS is set to empty: a run may then be complete without data sets. */
  withoutDatasets: boolean;
  /** A folder for screenshots of the explorer; null takes none. */
  screenshots: string | null;
  /** Whether to run tests that take minutes. */
  long: boolean;
  /** Folders searched for executables, in order. */
  searchPath: string[];
  /** Whether the run fails if a suite is skipped. */
  nothingLeftOut: boolean;
}

/** The default folder of data sets, beside the project. */
const datasetsBeside = fileURLToPath(new URL('../../../shared/data', import.meta.url));

function text(name: string): string | null {
  const value = process.env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

function yes(name: string): boolean {
  return ['1', 'true', 'yes'].includes(text(name)?.toLowerCase() ?? '');
}

/** Reads the environment at each call, so that tests of the testkit can change it. */
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
 * This process's environment with `changes` for a child; `null` removes a variable. Variables of the test runner are removed: a child
 * must run as if started by hand.
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

/** Whether this process is root: servers that refuse root then run as another user. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The parent of throwaway folders. It is `/tmp`, because root's servers run as another user who may not enter root's TMPDIR, and
 * because a Unix socket's path has at most 107 characters.
 */
export function temporaryParent(): string {
  const own = tmpdir();
  return (isRoot() || own.length > 60) && existsSync('/tmp') ? '/tmp' : own;
}
