import { MinLength } from 'class-validator';
import { arg } from '../../../platform/declare/input.ts';
import { AssetSourceKind } from '../asset/asset.entity.ts';

/** A name by which runs and assets are known again, and which therefore stays as it was sent. */
const name = (description: string) => arg.text(description, { max: 100 }).check(MinLength(1));

/** How the lines of an import, or of a fetched catalogue, become assets. */
export const importArguments = {
  source: name(
    'The catalogue or system that the assets come from, 1 to 100 characters. Owner, source and source id together identify an asset.',
  ),
  run: name('A name for this run, 1 to 100 characters; batches of one run add up.'),
  ownerId: arg
    .id(['usr', 'org', 'agt'], 'A person or organization; when absent the organization acted for, else the viewer.')
    .optional(),
  publish: arg.boolean('Whether new assets are published at once.').default(true),
  index: arg
    .boolean('Whether new drafts are indexed as by `assetIndex`. Has no effect on what is published at once.')
    .default(false),
  sourceKind: arg.enum(AssetSourceKind, 'The way in which new assets were added.').default('IMPORTED'),
};
