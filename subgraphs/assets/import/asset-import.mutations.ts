import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { assetImported, assetIndexRequested, importProgressed } from '../events.ts';
import { assetImports } from './asset-import.noun.ts';
import { importBatch } from './asset-import.service.ts';
import { batchFigures } from './batch-figures.ts';
import { importArguments } from './import-arguments.ts';
import { AssetImportLine, checkLines } from './import-line.ts';
import { AssetImportLineFault } from './line-fault.ts';

/** Lines of one batch: its transaction stays well under two seconds. */
const linesAtMost = 500;

export const assetImport = mutation('assetImport', {
  access: 'assets.asset.import',
  description:
    'Imports a batch of at most 500 assets. Lines that have not changed since the last import change nothing. Invalid lines are reported by number; the others are imported.',
  errors: 'FORBIDDEN, INVALID',
  tells: [assetImported, importProgressed, assetIndexRequested],
  input: {
    ...importArguments,
    total: arg.int('How many lines the whole run has.', { min: 0, max: 2_147_483_647 }).optional(),
    lines: arg.objects(AssetImportLine, 'At most 500.', { atMost: linesAtMost, min: 1 }),
  },
  payload: (f) => ({
    import: f.row(() => assetImports, 'The run with the totals of all its batches.'),
    ...batchFigures(f),
    rejected: f.list(
      AssetImportLineFault,
      'Lines that were not taken in, each with the first fault; the others were.',
      { atMost: linesAtMost },
    ),
  }),
  prepare: ({ lines }) => checkLines(lines),
  run: importBatch,
});
