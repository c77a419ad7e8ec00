import { facets } from '../../../platform/nouns/facets.ts';
import { assets } from '../asset/asset.query.ts';
import { ActorStub } from '../foreign/actor.ts';

export const assetFacets = facets(assets, {
  kind: { column: 'kind', filter: 'kind', description: 'What it is.' },
  status: { column: 'status', filter: 'status', description: 'Who sees it.' },
  classification: { column: 'classification', filter: 'classification', description: 'As its source classifies it.' },
  department: { column: 'department', filter: 'department', description: 'Of the museum or house that keeps it.' },
  decade: { column: 'decade', filter: 'decade', description: 'In which it was begun, by its first year: "1960".' },
  owner: { column: 'owner_id', filter: 'ownerId', reference: () => ActorStub, description: 'Whose it is, by id.' },
  creator: { column: 'creator', filter: 'creator', description: 'The first of the creators.' },
});
