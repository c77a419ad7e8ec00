import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where each test file writes what it saw working; cleared when a run of tests begins. */
export const recordFolder = fileURLToPath(new URL('../node_modules/.cache/ensemble/coordinates', import.meta.url));

/** What one test file proved: per test that passed, by its full name, the schema coordinates that came back with a value. */
export interface CoordinateRecord {
  file: string;
  tests: Record<string, string[]>;
}

/** The record of the last run: coordinates by `<file> > <test>`. Empty when no test has run. */
export async function readRecord(): Promise<Map<string, ReadonlySet<string>>> {
  const record = new Map<string, ReadonlySet<string>>();
  for (const name of await readdir(recordFolder).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    const { file, tests } = JSON.parse(await readFile(join(recordFolder, name), 'utf8')) as CoordinateRecord;
    for (const [test, coordinates] of Object.entries(tests)) record.set(`${file} > ${test}`, new Set(coordinates));
  }
  return record;
}
