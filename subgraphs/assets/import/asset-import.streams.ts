import { stream } from '../../../platform/declare/stream.ts';
import { owns } from '../asset/asset.policy.ts';
import { importProgressed } from '../events.ts';
import { assetImports } from './asset-import.noun.ts';
import { batchFigures } from './batch-figures.ts';

export const assetImportProgressed = stream('assetImportProgressed', {
  access: 'signedIn',
  description: 'One event for each batch that an import of the viewer or of the viewer’s organizations processed.',
  eventDescription: 'A batch was processed. The numbers are those of the batch.',
  facts: [importProgressed],
  filter: { importId: 'id', ownerId: 'id', source: 'text' },
  match: ({ payload }, { actor }) => owns(actor, payload.ownerId),
  event: ({ payload }) => ({ ...payload, kept: payload.kept ?? 0 }),
  fields: (f) => ({
    import: f.belongsTo(() => assetImports, 'importId', 'The run as it is now.'),
    lastLine: f.int('Number of the last line of this batch.'),
    total: f.int('Number of lines of the whole run; null if the importer did not say.').nullable(),
    ...batchFigures(f),
    rejected: f.int('Number of invalid lines.'),
  }),
});
