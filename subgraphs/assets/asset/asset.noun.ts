import { extend, isViewer } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import { categories } from '../category/category.noun.ts';
import { StructureType } from '../structure/structure-types.ts';
import { linkedWith, withinCategory } from './asset-filter.ts';
import { Asset, AssetKind, AssetSourceKind, AssetStatus, statedValue } from './asset.entity.ts';
import { assetVisible, ownersOf } from './asset.policy.ts';

export const assets = noun(Asset, {
  name: 'Asset',
  plural: 'assets',
  prefix: 'ast',
  words: ['asset', 'assets'],
  description:
    'A work, recording, collectible, token or document with an owner. Visible to everybody while it is published, on sale or sold; otherwise to its owner, the members of an owning organization, and operators.',
  visible: assetVisible,
  audience: 'visible',
  ownedBy: 'ownerId',
  fields: (f) => ({
    ...f.standard(),
    title: f.text('The title, 1 to 500 characters.'),
    description: f.text('A description for people; null if none is recorded.').nullable(),
    kind: f.enum(AssetKind, 'The kind of asset.'),
    status: f.enum(AssetStatus, 'The state of the asset in its life cycle.'),
    owner: f.actor('ownerId', 'The current owner.'),
    createdBy: f.actor('createdBy', 'The actor who created the asset.'),
    sourceKind: f.enum(AssetSourceKind, 'The way the asset was added.'),
    saleId: f
      .id('The listing or auction in which it is on sale or was sold; null for a sale outside the graph.')
      .nullable()
      .from(({ sale }) => (sale && prefixOf(sale) !== null ? sale : null)),
    salePlace: f
      .text('The place outside the graph where it is on sale or was sold, in words; null for a sale in the graph.')
      .nullable()
      .from(({ sale }) => (sale && prefixOf(sale) === null ? sale : null)),
    source: f.text('The source of the import; null if the asset was not imported.').nullable(),
    sourceId: f.text('The id of the asset at the source; null if it was not imported.').nullable(),
    sourceUrl: f.text('The web page of the asset at the source; null if there is none.').nullable(),
    creators: f.texts('Names of the makers in order; empty if unknown.'),
    classification: f.text('The classification by the source, such as "prints"; null if unknown.').nullable(),
    department: f.text('The department of the museum or house that keeps it; null if unknown.').nullable(),
    materials: f.text('Material and technique in words, such as "oil on canvas"; null if unknown.').nullable(),
    creationDate: f.text('The date of creation as the source words it, such as "c. 1961"; null if unknown.').nullable(),
    createdEarliest: f.date('The earliest possible date of creation; null if unknown.').nullable(),
    createdLatest: f.date('The latest possible date of creation; null if unknown.').nullable(),
    decade: f
      .int('The first year of the decade of `createdEarliest`, such as 1960; null if that is unknown.')
      .nullable(),
    acquiredOn: f.date('The date on which the owner acquired the asset; null if unknown.').nullable(),
    accessionNumber: f.text('The inventory number of the collection; null if unknown.').nullable(),
    creditLine: f.text('The text by which the source or donor is credited; null if unknown.').nullable(),
    provenanceText: f.text('Earlier owners in words; null if unknown.').nullable(),
    tags: f.texts('Keywords in lower case; at most 50.'),
    details: f.json('Further fields of the source as an object; null if there are none.').nullable(),
    category: f.belongsTo(() => categories, 'categoryId', 'The category of the asset; null if it has none.'),
    value: f.money('The value that the owner states; null if none is stated.').nullable().from(statedValue),
  }),
  filter: {
    title: 'text',
    kind: AssetKind,
    status: AssetStatus,
    ownerId: 'id',
    source: 'text',
    creator: 'text',
    creators: 'texts',
    tags: 'texts',
    createdEarliest: 'date',
    createdLatest: 'date',
    decade: 'int',
    classification: 'text',
    department: 'text',
    sourceKind: AssetSourceKind,
    structureType: StructureType,
    categoryId: 'id',
    category: withinCategory,
    linked: linkedWith,
    acquiredOn: 'date',
    createdAt: 'time',
    updatedAt: 'time',
  },
  sort: ['createdAt', 'updatedAt', 'title'],
  search: {
    column: 'words',
    snippets: {
      title: 'e.title',
      creators: "array_to_string(e.creators, ', ')",
      classification: 'e.classification',
      department: 'e.department',
      materials: 'e.medium',
      tags: "array_to_string(e.tags, ', ')",
      description: 'e.description',
      provenanceText: 'e.provenance_text',
    },
  },
  roots: {
    arguments: {
      search:
        'Full text over title, creators, classification, department, materials, tags, accession number, description and provenance: words, "phrases", or, -without. At most 200 characters.',
    },
  },
  aggregate: {
    by: [
      'owner',
      'kind',
      'status',
      'classification',
      'department',
      'sourceKind',
      { structureType: { property: 'structureType', type: () => StructureType.enum } },
      'category',
      { creator: { property: 'creator', type: () => String, description: 'The first of the creators.' } },
      'decade',
    ],
    over: ['createdAt', 'acquiredOn', 'createdEarliest'],
    ranks: true,
    searches: true,
  },
});

/** The assets of an actor, as far as the viewer may see them. */
export const assetsOfActor = extend('Actor', (f) => ({
  assets: f
    .hasMany(
      () => assets,
      'ownerId',
      'The assets that this actor owns and the viewer may see, the newest first. Errors: INVALID.',
    )
    .nullable(),
}));

export const assetsOfViewer = extend('Viewer', (f) => ({
  assets: f
    .page(
      () => assets,
      'The assets of the viewer and of the viewer’s organizations, including drafts and archived ones, the newest first. Errors: INVALID.',
      (_viewer, context, args) => assets.list(context, args, { ownerId: { $in: ownersOf(context.actor) } }),
    )
    .restrictedTo('self', isViewer),
}));
