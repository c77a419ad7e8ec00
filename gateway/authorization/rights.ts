import type { ActorSnapshot } from '../../platform/context/actor.ts';
import { claimsOf, scopesOf, wordsIn } from '../authentication/claims.ts';
import type { Rights } from '../supergraph/guards.ts';

/**
 * What a viewer has, for the directives of a supergraph. An actor of this house has the scopes of its key and no others, because an
 * unlimited session says nothing about the scopes of somebody else's subgraphs.
 */
export function rightsOf(actor: ActorSnapshot, policiesClaim: string): Rights {
  const claims = claimsOf(actor);
  return {
    isSignedIn: actor.id !== null,
    scopes: new Set(scopesOf(claims)),
    policies: new Set(wordsIn(claims[policiesClaim])),
  };
}
