import type { TestProject } from 'vitest/node';
import './shared-postgres.ts';
import { startPostgres } from './postgres.ts';
import { filesOfRun } from './run-files.ts';

/** Starts a Postgres before the tests, if any of their files needs one; returns the teardown. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!(await filesOfRun(project)).some((file) => /\.pg\./.test(file))) return undefined;
  const postgres = await startPostgres();
  if ('missing' in postgres) throw new Error(postgres.missing);
  project.provide('postgres', { url: postgres.url, prefix: postgres.prefix });
  return () => postgres.stop();
}
