import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { assetImported, assetIndexRequested, importProgressed } from '../events.ts';
import { assetImports } from './asset-import.noun.ts';
import { importBatch } from './asset-import.service.ts';
import { batchFigures } from './batch-figures.ts';
import { importArguments } from './import-arguments.ts';
import { AssetImportLine, checkLines } from './import-line.ts';
import { AssetImportLineFault } from './line-fault.ts';

/** Lines per batch, so that its transaction takes well under two seconds. */
const linesAtMost = 500;

export const assetImport = mutation('assetImport', {
  access: 'assets.asset.import',
  description:
    'Imports a batch of at most 500 assets. Lines that have not changed since the last import change nothing. Invalid lines are reported by number; the others are imported.',
  errors: 'FORBIDDEN, INVALID',
  tells: [assetImported, importProgressed, assetIndexRequested],
  input: {
    ...importArguments,
    total: arg
      .int('Number of lines of the whole run, for showing progress.', { min: 0, max: 2_147_483_647 })
      .optional(),
    lines: arg.objects(AssetImportLine, 'The lines of this batch, 1 to 500.', { atMost: linesAtMost, min: 1 }),
  },
  payload: (f) => ({
    import: f.row(() => assetImports, 'The run with the totals of all its batches.'),
    ...batchFigures(f),
    rejected: f.list(AssetImportLineFault, 'Rejected lines, each with its first error; the others were imported.', {
      atMost: linesAtMost,
    }),
  }),
  prepare: ({ lines }) => checkLines(lines),
  run: importBatch,
});
