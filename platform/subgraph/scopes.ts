import type { RootDeclaration } from '../access/declare.ts';
import { readScope, writeScope } from '../access/permission.ts';

/** What a key that is limited needs for a root field; null where everybody, or the gateway alone, may use it. */
export function scopeOf({ kind, access }: Pick<RootDeclaration, 'kind' | 'access'>, os: string): string | null {
  if (access === 'public' || access === 'router') return null;
  if (access !== 'signedIn' && access !== 'self') return access;
  return kind === 'Mutation' ? writeScope(os) : readScope(os);
}
