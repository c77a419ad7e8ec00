import type { EmittedFact } from './fact.ts';

/** Whom a fact of rights names: what routers know of them no longer holds. */
export function namedIn(payload: unknown): string[] {
  const { actorId, serviceId } = (payload ?? {}) as { actorId?: unknown; serviceId?: unknown };
  return [actorId, serviceId].filter((id) => typeof id === 'string');
}

/** Whose rights these facts have changed. */
export function rightsChangedBy(facts: readonly EmittedFact[], rightsFacts: ReadonlySet<string>): string[] {
  return facts.filter(({ type }) => rightsFacts.has(type.type)).flatMap(({ payload }) => namedIn(payload));
}
