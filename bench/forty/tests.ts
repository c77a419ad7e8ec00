import { startCommand } from '../../test/testkit/processes.ts';
import { now, quantile } from '../bench.ts';

/** Counted runs; the median is reported. */
const runs = 3;

/** Test files that open a world each, with the OSes that they name. */
const files = ['test/subgraphs/assets/categories.test.ts', 'test/subgraphs/auction/retraction.test.ts'];

/** Milliseconds of a run of two test files, after an uncounted run that fills the caches. */
export async function timeOfTests(tree: string): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n <= runs; n++) {
    const began = now();
    await using tests = startCommand(
      [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--maxWorkers=1', ...files],
      { cwd: tree },
    );
    const { code } = await tests.ended(600_000);
    if (code !== 0) throw new Error(`The tests ended with ${code}:\n${tests.output}`);
    if (n > 0) took.push(now() - began);
  }
  return quantile(took, 0.5);
}
