import { describe, expect, test } from 'vitest';
import { type CountedModule, count, countLine } from './reporter.ts';

function file(state: string, ...tests: string[]): CountedModule {
  return { state: () => state, children: { allTests: () => tests.map((one) => ({ result: () => ({ state: one }) })) } };
}

describe('the count', () => {
  test('adds up the tests of all files', () => {
    const modules = [file('passed', 'passed', 'skipped'), file('failed', 'passed', 'failed', 'failed')];
    expect(count(modules, 0, 0, 0)).toEqual({ passed: 2, failed: 2, skipped: 1 });
  });

  test('includes a failure per file that failed to load and per error outside of the tests', () => {
    expect(count([file('failed'), file('failed', 'skipped')], 1, 0, 0)).toEqual({
      passed: 0,
      failed: 3,
      skipped: 1,
    });
  });

  test('counts a skipped file as skipped, or as failed in a complete run', () => {
    expect(count([file('passed', 'passed')], 0, 2, 0)).toEqual({ passed: 1, failed: 0, skipped: 2 });
    expect(count([file('passed', 'passed')], 0, 2, 2)).toEqual({ passed: 1, failed: 2, skipped: 0 });
  });

  test('counts a test that never ran as skipped', () => {
    expect(count([file('pending', 'pending')], 0, 0, 0)).toEqual({ passed: 0, failed: 0, skipped: 1 });
  });

  test('is one machine-readable line', () => {
    expect(countLine({ passed: 12, failed: 3, skipped: 4 })).toBe('12 passed, 3 failed, 4 skipped');
  });
});
