import type { TestProject } from 'vitest/node';
import './shared-postgres.ts';
import { startPostgres } from './postgres.ts';

/** Runs before the first `*.pg.test.ts` of a run, and only then; returns the teardown. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  if ('missing' in postgres) throw new Error(postgres.missing);
  project.provide('postgres', { url: postgres.url, prefix: postgres.prefix });
  return () => postgres.stop();
}
