import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect } from 'vitest';
import { recordFolder, type CoordinateRecord } from '../../schema/capability-record.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the test that is running has seen. */
const seen = new Set<string>();

/** Notes that these coordinates worked in the test that is running. What a hook does belongs to no test and proves nothing. */
export function note(coordinates: Iterable<string>): void {
  if (expect.getState().currentTestName === undefined) return;
  for (const coordinate of coordinates) seen.add(coordinate);
}

/**
 * Writes down, for the test file that calls it, what its tests that passed have proved. The runner's setup calls it for each file:
 * a worker loads this module once for all of its files.
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
