import { rootsOf, type RootDeclaration } from '../access/declare.ts';
import { readScope, writeScope } from '../access/permission.ts';
import type { Subgraph } from './subgraph.ts';

/** What a key that is limited needs for a root field; null where everybody, or the gateway alone, may use it. */
export function scopeOf({ kind, access }: Pick<RootDeclaration, 'kind' | 'access'>, os: string): string | null {
  if (access === 'public' || access === 'router') return null;
  if (access !== 'signedIn' && access !== 'self') return access;
  return kind === 'Mutation' ? writeScope(os) : readScope(os);
}

/** Every scope to which a key may be limited: reading, what all may do who are signed in, and each permission, OS by OS. */
export function scopesOf(subgraphs: readonly Subgraph[]): Set<string> {
  const scopes = new Set<string>();
  for (const { name, nouns, resolvers, permissions } of subgraphs) {
    if (nouns.length > 0) scopes.add(readScope(name));
    for (const root of resolvers.flatMap((resolver) => rootsOf(resolver))) {
      const scope = scopeOf(root, name);
      if (scope !== null) scopes.add(scope);
    }
    for (const permission of Object.keys(permissions)) scopes.add(permission);
  }
  return scopes;
}
