import type { EmittedFact } from './fact.ts';

/** Drops a router's cached rights of the actors whose rights these facts have changed. */
export function dropNamed(router: { dropActor(actorId: string): void }, facts: readonly { payload: unknown }[]): void {
  for (const { payload } of facts) for (const id of namedIn(payload)) router.dropActor(id);
}

function namedIn(payload: unknown): string[] {
  const { actorId } = (payload ?? {}) as { actorId?: unknown };
  return typeof actorId === 'string' ? [actorId] : [];
}

/** The actors whose rights these facts have changed. */
export function rightsChangedBy(facts: readonly EmittedFact[], rightsFacts: ReadonlySet<string>): string[] {
  return facts.filter(({ type }) => rightsFacts.has(type.type)).flatMap(({ payload }) => namedIn(payload));
}
