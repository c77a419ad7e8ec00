import type { EmittedFact } from './fact.ts';

/** Whom a fact of rights names: what routers know of them no longer holds. */
export function namedIn(payload: unknown): string[] {
  const { actorId } = (payload ?? {}) as { actorId?: unknown };
  return typeof actorId === 'string' ? [actorId] : [];
}

/** Whose rights these facts have changed. */
export function rightsChangedBy(facts: readonly EmittedFact[], rightsFacts: ReadonlySet<string>): string[] {
  return facts.filter(({ type }) => rightsFacts.has(type.type)).flatMap(({ payload }) => namedIn(payload));
}
