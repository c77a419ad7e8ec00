import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node';
import { testConfig } from './config.ts';
import { type LeftOut, leftOut } from './missing.ts';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of a test module that is counted. */
export interface CountedModule {
  state(): string;
  children: { allTests(): Iterable<{ result(): { state: string } }> };
}

/**
 * Counts tests. A file that failed without a failed test (it could not be loaded, or a hook failed) counts as one failure, as does
 * each error outside of the tests: a red run always has failures. A skipped file counts as one skipped test, or as one failure in a
 * complete run.
 */
export function count(modules: Iterable<CountedModule>, errors: number, out: number, unexcused: number): Counts {
  const counts: Counts = { passed: 0, failed: errors, skipped: 0 };
  for (const module of modules) {
    let failed = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'failed') failed += 1;
      else counts.skipped += 1;
    }
    counts.failed += failed === 0 && module.state() === 'failed' ? 1 : failed;
  }
  counts.failed += unexcused;
  counts.skipped += out - unexcused;
  return counts;
}

/** The machine-readable line. */
export function countLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Reports at the end which files were skipped and why, and prints the count as the very last line of the run, on exit after all other
 * output.
 */
export class TallyReporter implements Reporter {
  private vitest: Vitest | undefined;
  private counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  private notices: string[] = [];

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
    if (vitest.config.watch) return;
    process.once('exit', (code) => {
      // An aborted or empty run is red without a failed test.
      if (code !== 0 && this.counts.failed === 0) this.counts.failed = 1;
      this.print();
    });
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<SerializedError>): void {
    const { nothingLeftOut } = testConfig();
    const out = this.selected(leftOut(this.vitest?.config.root ?? process.cwd()));
    const unexcused = nothingLeftOut ? out.filter(({ required }) => required).length : 0;
    this.counts = count(modules, errors.length, out.length, unexcused);
    this.notices = out.map(({ file, reason }) => `LEFT OUT: ${file} – ${reason}`);
    if (unexcused > 0) {
      this.notices.push(`Failed: ${unexcused} test files were left out, and NOTHING_LEFT_OUT is set.`);
      process.exitCode = 1;
    }
    if (this.vitest?.config.watch) this.print();
  }

  private print(): void {
    writeSync(1, `${[...this.notices, countLine(this.counts)].join('\n')}\n`);
  }

  /** The skipped files that match the command line's patterns; all without patterns. */
  private selected(files: LeftOut[]): LeftOut[] {
    // Vitest has the command line's patterns here, though not in its types.
    const words = (this.vitest as { filenamePattern?: string[] } | undefined)?.filenamePattern ?? [];
    return words.length === 0
      ? files
      : files.filter(({ file }) => words.some((word) => file.includes(word) || word.endsWith(file)));
  }
}
