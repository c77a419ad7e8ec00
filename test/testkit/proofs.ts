import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect } from 'vitest';
import { recordFolder, type CoordinateRecord } from '../../schema/capability-record.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The coordinates that the running test has exercised. */
const seen = new Set<string>();

/** Records that these coordinates worked in the running test. Hooks belong to no test and prove nothing. */
export function note(coordinates: Iterable<string>): void {
  if (expect.getState().currentTestName === undefined) return;
  for (const coordinate of coordinates) seen.add(coordinate);
}

/**
 * Records what the passed tests of the calling test file prove. The runner's setup calls it per file, because a worker loads this
 * module once for all its files.
 */
export function recordProofs(): void {
  const proved = new Map<string, Set<string>>();
  seen.clear();

  afterEach(({ task }) => {
    const name = expect.getState().currentTestName;
    if (name !== undefined && task.result?.state !== 'fail' && seen.size > 0) {
      const own = proved.get(name) ?? new Set();
      for (const coordinate of seen) own.add(coordinate);
      proved.set(name, own);
    }
    seen.clear();
  });

  afterAll(() => {
    const { testPath } = expect.getState();
    if (testPath === undefined || proved.size === 0) return;
    const file = relative(root, testPath);
    const tests = Object.fromEntries([...proved].map(([name, coordinates]) => [name, [...coordinates].sort()]));
    const record: CoordinateRecord = { file, tests };
    mkdirSync(recordFolder, { recursive: true });
    writeFileSync(join(recordFolder, `${file.replaceAll('/', '+')}.json`), JSON.stringify(record, null, 1));
  });
}
