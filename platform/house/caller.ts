import { houseActor, routerActorId, type ActorSnapshot } from '../context/actor.ts';
import { newRequestInfo } from '../context/request.ts';
import type { ErrorCode } from '../errors/errors.ts';
import type { SubgraphService } from '../serving/service.ts';

/** An OS refused a call of the house itself. */
export class CallRefused extends Error {
  readonly code: ErrorCode | 'INTERNAL';

  constructor(os: string, code: ErrorCode | 'INTERNAL', message: string) {
    super(`${os}: ${message}`);
    this.name = 'CallRefused';
    this.code = code;
  }
}

/**
 * Calls OSes directly, without a gateway, as an actor: calls of the house itself have permissions, transactions and facts like any
 * request. Throws `CallRefused` with the code of the first error.
 */
export class Caller {
  readonly #services: ReadonlyMap<string, SubgraphService>;

  constructor(services: readonly SubgraphService[]) {
    this.#services = new Map(services.map((service) => [service.name, service]));
  }

  async ask<T>(os: string, actor: ActorSnapshot, query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const service = this.#services.get(os);
    if (!service) throw new CallRefused(os, 'UNAVAILABLE', 'it is not in this process');
    const { data, errors } = await service.execute({
      query,
      variables,
      info: newRequestInfo(actor, { client: { ip: null, userAgent: 'ensemble' } }),
    });
    const error = errors?.[0];
    if (error)
      throw new CallRefused(os, (error.extensions['code'] as ErrorCode | undefined) ?? 'INTERNAL', error.message);
    return data as T;
  }

  /** An actor with their rights, as identity gives them to routers. */
  async actor(id: string): Promise<ActorSnapshot> {
    const { actorSnapshot } = await this.ask<{ actorSnapshot: ActorSnapshot | null }>(
      'identity',
      houseActor(routerActorId),
      'query Actor($id: ID!) { actorSnapshot(subject: $id) }',
      { id },
    );
    if (!actorSnapshot) throw new CallRefused('identity', 'NOT_FOUND', `there is no ${id}`);
    return actorSnapshot;
  }
}
