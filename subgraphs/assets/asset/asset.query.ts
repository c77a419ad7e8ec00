import { Int } from 'type-graphql';
import { aggregate } from '../../../platform/nouns/aggregate.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { categories } from '../category/category.query.ts';
import { CategoryType } from '../category/category.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import { StructureType } from '../structure/structure-types.ts';
import { Asset, AssetKind, AssetSourceKind, AssetStatus } from './asset.entity.ts';
import { assetVisible } from './asset.policy.ts';
import { linkedWith, withinCategory } from './asset-place.input.ts';
import { AssetType } from './asset.type.ts';

export const assets = noun<Asset>({
  name: 'Asset',
  prefix: 'ast',
  entity: Asset,
  type: () => AssetType,
  audience: 'self',
  visible: assetVisible,
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
});

export const assetAggregate = aggregate(assets, {
  keys: {
    owner: { column: 'owner_id', type: () => ActorStub, reference: true },
    kind: { column: 'kind', type: () => AssetKind.enum },
    status: { column: 'status', type: () => AssetStatus.enum },
    classification: { column: 'classification', type: () => String },
    department: { column: 'department', type: () => String },
    sourceKind: { column: 'source_kind', type: () => AssetSourceKind.enum },
    structureType: { column: 'structure_type', type: () => StructureType.enum },
    category: { column: 'category_id', type: () => CategoryType, load: (context, id) => categories.load(context, id) },
    creator: { column: 'creator', type: () => String, description: 'The first of the creators.' },
    decade: { column: 'decade', type: () => Int, description: 'In which it was begun, by the year: 1960.' },
  },
  times: {
    createdAt: { column: 'created_at', kind: 'time' },
    acquiredOn: { column: 'acquired_on', kind: 'date' },
    createdEarliest: { column: 'created_earliest', kind: 'date' },
  },
});
