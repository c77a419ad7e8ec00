import type { OutputFields } from '../../../platform/declare/output.ts';

export interface BatchFigures {
  created: number;
  updated: number;
  unchanged: number;
  kept: number;
}

/** What became of the lines of a batch or run, apart from the invalid ones. */
export function batchFigures<E>(f: OutputFields<E>) {
  return {
    created: f.int('Number of new assets.'),
    updated: f.int('Number of changed assets.'),
    unchanged: f.int('Number of lines that changed nothing.'),
    kept: f.int('Number of fields that keep a value edited by hand although the import has another one.'),
  };
}
