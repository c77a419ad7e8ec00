import type { RootDeclaration } from '../access/declare.ts';
import { readScope, writeScope } from '../access/permission.ts';

/** The scope that a limited key needs for a root field; null for public fields and for those of the gateway. */
export function scopeOf({ kind, access }: Pick<RootDeclaration, 'kind' | 'access'>, os: string): string | null {
  if (access === 'public' || access === 'router') return null;
  if (access !== 'signedIn' && access !== 'self') return access;
  return kind === 'Mutation' ? writeScope(os) : readScope(os);
}
