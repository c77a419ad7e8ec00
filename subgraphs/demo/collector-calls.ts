import { anonymous, type ActorSnapshot } from '../../platform/context/actor.ts';
import type { Caller } from '../../platform/house/caller.ts';

/** Calls OSes as the collectors. Their rights never change, so they are cached. */
export class CollectorCalls {
  readonly #caller: Caller;
  readonly #actors = new Map<string, ActorSnapshot>();

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Calls an OS as a collector, or anonymously if `actorId` is null. */
  async ask<T>(os: string, actorId: string | null, query: string, variables: Record<string, unknown>): Promise<T> {
    let actor = actorId === null ? anonymous() : this.#actors.get(actorId);
    if (!actor) {
      actor = await this.#caller.actor(actorId ?? '');
      this.#actors.set(actor.id ?? '', actor);
    }
    return this.#caller.ask<T>(os, actor, query, variables);
  }
}
