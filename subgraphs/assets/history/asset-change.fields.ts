import { extend } from '../../../platform/declare/extension.ts';
import { PageArgs } from '../../../platform/nouns/page.ts';
import { assets } from '../asset/asset.noun.ts';
import { historyOf, isHistoryComplete } from './asset-change.query.ts';
import { AssetChangeConnection } from './asset-change.type.ts';

export const historyOfAsset = extend(assets, (f) => ({
  history: f
    .object<InstanceType<typeof AssetChangeConnection>>(
      () => AssetChangeConnection,
      'The history of the asset, newest first. An owner sees every change made during their ownership, and the offer by which they received it; a former owner sees the changes up to the transfer. Everybody else sees only when it was published, sold, transferred or archived; so does an owner for the time before. Changes older than the server keeps them are left out (`isHistoryComplete`); a cursor of one of them is EXPIRED.',
    )
    .with(
      () => PageArgs,
      (asset, context, args) => historyOf(context, asset, args),
    ),
  isHistoryComplete: f
    .boolean(
      'True if every change of the asset since it was made is kept; false if the oldest were deleted after the time for which the server keeps changes. It is the same for every viewer.',
    )
    .from((asset, context) => isHistoryComplete(context, asset)),
}));
