import { readScope } from '../access/permission.ts';
import { buildSubgraph } from './build.ts';
import { scopeOf } from './scopes.ts';
import type { Subgraph } from './subgraph.ts';

/** Every scope that a key may be limited to, by OS: reading, the permissions in declared order, and what every signed-in actor may do. */
export function scopesOf(subgraphs: readonly Subgraph[]): Set<string> {
  const scopes = new Set<string>();
  for (const subgraph of subgraphs) {
    const { name, nouns, permissions } = subgraph;
    if (nouns.length > 0) scopes.add(readScope(name));
    for (const permission of Object.keys(permissions)) scopes.add(permission);
    for (const root of buildSubgraph(subgraph).roots.values()) {
      const scope = scopeOf(root, name);
      if (scope !== null) scopes.add(scope);
    }
  }
  return scopes;
}
