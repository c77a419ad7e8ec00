import type { ActorSnapshot } from '../../platform/context/actor.ts';
import { unauthorized, withRefusals } from '../authorization/enforce.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import { normalOf, type NormalSubscription } from './root.ts';
import type { SubscriptionPlan } from './subscription-plan.ts';

/** A subscription that meets guards, for one viewer. */
export interface GuardedSubscription {
  /** What is left of it to be planned; null if the viewer may see all of it. */
  rest: NormalSubscription | null;
  /** The plan of the whole subscription, from the plan of what is left. */
  over(plan: SubscriptionPlan): SubscriptionPlan;
}

/** Applies the directives of the supergraph; null if none guards the subscription. Throws if the viewer may not subscribe to it. */
export function guardedFor(
  { guards, apiSchema: schema }: Pick<SupergraphValue, 'guards' | 'apiSchema'>,
  { document, operation, text }: NormalSubscription,
  actor: ActorSnapshot,
): GuardedSubscription | null {
  const guarded = guards.of(document, operation);
  if (!guarded) return null;
  const rights = guards.rightsOf(actor);
  const key = guarded.keyOf(rights);
  const allows = (other: ActorSnapshot): boolean => guarded.keyOf(guards.rightsOf(other)) === key;
  const filtered = guarded.of(rights);
  if (!filtered) return { rest: null, over: (plan) => ({ ...plan, allows }) };
  if (!filtered.rest) throw unauthorized();
  return {
    rest: normalOf(filtered.rest.document),
    over: (plan) => ({
      ...plan,
      allows,
      async complete(event, variables, ...more) {
        const asked = { schema, document, operation, variables };
        return withRefusals(asked, await plan.complete(event, variables, ...more), filtered.paths(variables));
      },
      // Other subscriptions may leave the same rest, and are answered otherwise.
      identity: (variables) => [text, plan.identity(variables)],
    }),
  };
}
