import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where each test file records the coordinates that its tests exercised; cleared when a test run begins. */
export const recordFolder = fileURLToPath(new URL('../node_modules/.cache/ensemble/coordinates', import.meta.url));

/** The record of one test file: for each passed test, by full name, the schema coordinates that returned a value. */
export interface CoordinateRecord {
  file: string;
  tests: Record<string, string[]>;
}

/** The record of the last run: coordinates by `<file> > <test>`. Empty if no test has run. */
export async function readRecord(): Promise<Map<string, ReadonlySet<string>>> {
  const record = new Map<string, ReadonlySet<string>>();
  for (const name of await readdir(recordFolder).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    const { file, tests } = JSON.parse(await readFile(join(recordFolder, name), 'utf8')) as CoordinateRecord;
    for (const [test, coordinates] of Object.entries(tests)) record.set(`${file} > ${test}`, new Set(coordinates));
  }
  return record;
}
