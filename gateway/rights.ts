import type { Gateway } from './server.ts';

/** Whatever a fact of identity says of an actor or service, what the gateway knows of their rights may no longer hold. */
export function dropNamed(gateway: Pick<Gateway, 'dropActor'>, { payload }: { payload: unknown }): void {
  const { actorId, serviceId } = payload as { actorId?: unknown; serviceId?: unknown };
  for (const id of [actorId, serviceId]) if (typeof id === 'string') gateway.dropActor(id);
}
