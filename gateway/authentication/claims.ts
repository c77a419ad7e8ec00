import type { ActorSnapshot } from '../../platform/context/actor.ts';

/** What is known of a viewer: the claims of an external issuer's token, or the same of an actor of this house. */
export function claimsOf(actor: ActorSnapshot): Readonly<Record<string, unknown>> {
  if (actor.id === null) return {};
  return actor.claims ?? { sub: actor.id, scope: actor.scopes ?? [], roles: actor.platformRoles };
}

/** A claim that lists words: a JSON list, or words separated by blanks as in OAuth's `scope`. */
export function wordsIn(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '');
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

/** The scopes of a viewer. `scp` is the name that some issuers give `scope`. */
export function scopesOf(claims: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...wordsIn(claims['scope']), ...wordsIn(claims['scp'])])];
}
