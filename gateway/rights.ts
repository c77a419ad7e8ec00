import { namedIn } from '../platform/facts/rights.ts';
import type { Gateway } from './server.ts';

/** Whatever a fact of identity says of an actor, what the gateway knows of their rights may no longer hold. */
export function dropNamed(gateway: Pick<Gateway, 'dropActor'>, { payload }: { payload: unknown }): void {
  for (const id of namedIn(payload)) gateway.dropActor(id);
}
