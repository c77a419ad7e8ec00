import { MinLength } from 'class-validator';
import { arg } from '../../../platform/declare/input.ts';
import { AssetSourceKind } from '../asset/asset.entity.ts';

/** A name that identifies runs and assets, and is therefore stored as sent. */
const name = (description: string) => arg.text(description, { max: 100 }).check(MinLength(1));

/** The arguments of an import, or of a fetched catalogue. */
export const importArguments = {
  source: name(
    'The catalogue or system that the assets come from, 1 to 100 characters. Owner, source and source id together identify an asset.',
  ),
  run: name('A name for this run, 1 to 100 characters; batches of one run add up.'),
  ownerId: arg
    .id(
      ['usr', 'org', 'agt'],
      'The owner of the assets: a person, organization or agent. If absent, the organization acted for, otherwise the viewer.',
    )
    .optional(),
  publish: arg.boolean('Whether new assets are published at once; otherwise they are drafts.').default(true),
  index: arg
    .boolean('Whether to request the indexing of new drafts, as `assetIndex` does. Has no effect with `publish`.')
    .default(false),
  sourceKind: arg.enum(AssetSourceKind, 'How new assets were added, for `Asset.sourceKind`.').default('IMPORTED'),
};
