import { facets } from '../../../platform/nouns/facets.ts';
import { assets } from '../asset/asset.query.ts';
import { categories } from '../category/category.query.ts';
import { CategoryType } from '../category/category.type.ts';
import { ActorStub } from '../foreign/actor.ts';

export const assetFacets = facets(assets, {
  kind: { column: 'kind', filter: 'kind', description: 'What it is.' },
  status: { column: 'status', filter: 'status', description: 'Who sees it.' },
  classification: { column: 'classification', filter: 'classification', description: 'As its source classifies it.' },
  department: { column: 'department', filter: 'department', description: 'Of the museum or house that keeps it.' },
  category: {
    column: 'category_id',
    filter: 'categoryId',
    reference: () => CategoryType,
    load: (context, id) => categories.load(context, id),
    description: 'Its place in the tree of categories, by id; those above it are not counted with it.',
  },
  decade: { column: 'decade', filter: 'decade', description: 'In which it was begun, by its first year: "1960".' },
  owner: { column: 'owner_id', filter: 'ownerId', reference: () => ActorStub, description: 'Whose it is, by id.' },
  creator: { column: 'creator', filter: 'creator', description: 'The first of the creators.' },
});
