import { Matches } from 'class-validator';
import type { Context } from '../../../platform/context/context.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { arg } from '../../../platform/declare/input.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { query } from '../../../platform/declare/query.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { assetNeighborsOf, assetsNear, type Neighbor } from './asset-neighbors.query.ts';

const AssetNeighbor = valueType(
  'AssetNeighbor',
  'An asset that is similar to a text or to another asset.',
  (f: OutputFields<{ asset: Asset; similarity: number }>) => ({
    asset: f.row(() => assets, 'The similar asset.'),
    similarity: f.float(
      'The cosine of the angle between the two vectors: above 0, and 1 for the same text. Values of different models cannot be compared.',
    ),
  }),
);

const first = arg.int('At most 50.', { min: 0, max: 50 }).default(10);

export const assetsLike = query('assetsLike', {
  access: 'signedIn',
  description:
    'The visible assets most similar to a text, most similar first; at most 50. Similarity is computed from embeddings: by meaning if the installation has an embedding model, otherwise by words and spelling. Changes take effect after a moment. Requires a signed-in viewer, because each search may cost a call of the model.',
  errors: 'UNAUTHENTICATED, INVALID, UNAVAILABLE if the database has no pgvector or the model does not answer',
  args: {
    first,
    text: arg
      .text('The text to compare with, in natural language. At most 1,000 characters.', { max: 1_000 })
      .check(Matches(/\S/, { message: 'text: must not be blank.' })),
    filter: arg.filter(() => assets, 'Conditions on the compared assets; all visible assets if absent.').optional(),
  },
  // A model reads the text, and the embedded database compares all vectors.
  answers: (f) => f.list(AssetNeighbor, 'The most similar assets.', { by: 'first' }).cost(500),
  run: async (context, given) => visibleOf(context, await assetsNear(context, given)),
});

export const similarOfAsset = extend(assets, (f) => ({
  similar: f
    .list(
      AssetNeighbor,
      'Other assets that the viewer may see with the most similar texts (title, creators, classification, department, materials, date, tags, description), the most similar first; at most 50. Similarity is computed from embeddings: by meaning if the installation has an embedding model, otherwise by words and spelling. Empty for a moment after the asset was created. Errors: UNAVAILABLE, with null, if the database has no pgvector.',
      { by: 'first' },
    )
    .nullable()
    .cost(50)
    .dependsOn('self')
    .with({ first }, async ({ id }, context, given) =>
      visibleOf(context, await assetNeighborsOf(context, id, given.first)),
    ),
}));

/** The assets of neighbours, by the loader of all lists; those that are no longer visible are left out. */
async function visibleOf(context: Context, found: readonly Neighbor[]) {
  const rows = await Promise.all(found.map(({ id }) => assets.load(context, id)));
  return found.flatMap(({ similarity }, n) => (rows[n] ? { asset: rows[n], similarity } : []));
}
