import { extend, isViewer } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { visibleToOwners } from '../asset/asset.policy.ts';
import { AssetImport } from './asset-import.entity.ts';
import { batchFigures } from './batch-figures.ts';

export const assetImports = noun(AssetImport, {
  name: 'AssetImport',
  plural: 'assetImports',
  prefix: 'imp',
  words: ['import', 'imports'],
  description: 'One run of an import. Visible to the owners of its assets.',
  visible: visibleToOwners,
  audience: 'self',
  fields: (f) => ({
    id: f.id(),
    owner: f.actor('ownerId', 'The owner of the assets.'),
    source: f.text('The catalogue or system that the assets come from.'),
    run: f.text('The name that the importer gave this run.'),
    total: f.int('Number of lines of the whole run; null if the importer did not say.').nullable(),
    lastLine: f.int('Number of the last processed line.'),
    ...batchFigures(f),
    rejected: f.int('Number of invalid lines.'),
    createdAt: f.time(),
    updatedAt: f.time(),
    liveCursor: f.liveCursor('assetImportProgressed'),
  }),
  filter: { ownerId: 'id', source: 'text', createdAt: 'time' },
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A run of an import by its id. Null if it does not exist, or if its assets do not belong to the viewer or the viewer’s organizations. Errors: UNAUTHENTICATED, INVALID.',
    list: false,
  },
});

export const assetImportsOfViewer = extend('Viewer', (f) => ({
  assetImports: f
    .page(
      () => assetImports,
      'The imports of the viewer and of the viewer’s organizations, the newest first; for operators, all. Errors: INVALID.',
      (_viewer, context, args) => assetImports.list(context, args),
    )
    .restrictedTo('self', isViewer),
}));
