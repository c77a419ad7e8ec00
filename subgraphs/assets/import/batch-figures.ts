import type { OutputFields } from '../../../platform/declare/output.ts';

export interface BatchFigures {
  created: number;
  updated: number;
  unchanged: number;
  kept: number;
}

/** The results of the valid lines of a batch or run. */
export function batchFigures<E>(f: OutputFields<E>) {
  return {
    created: f.int('Number of new assets.'),
    updated: f.int('Number of changed assets.'),
    unchanged: f.int('Number of lines that changed nothing.'),
    kept: f.int('Number of fields that keep a value edited by hand although the import has a different one.'),
  };
}
