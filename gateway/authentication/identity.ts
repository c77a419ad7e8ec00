import { randomUUID } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import {
  actorKinds,
  defaultUniverse,
  organizationRoles,
  platformRoles,
  type ActorSnapshot,
} from '../../platform/context/actor.ts';
import { Unavailable } from '../../platform/errors/errors.ts';
import type { SubgraphRequest, SubgraphService } from '../../platform/serving/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { gatewayRequest } from '../execution/context.ts';

/** Milliseconds. A request waits for identity at most this long; nothing works without it. */
const patience = 5_000;

const snapshotShape = z.object({
  id: z.string().min(1),
  kind: z.enum(actorKinds),
  delegate: z
    .string()
    .nullish()
    .transform((value) => value ?? null),
  universe: z
    .string()
    .nullish()
    .transform((value) => value ?? null),
  sessionId: z
    .string()
    .nullish()
    .transform((value) => value ?? null),
  memberships: z
    .array(z.object({ organizationId: z.string(), role: z.enum(organizationRoles), since: z.number().optional() }))
    .default([]),
  platformRoles: z.array(z.enum(platformRoles)).default([]),
  scopes: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? null),
  ownerId: z.string().nullish(),
  issuer: z.object({ id: z.string(), isMember: z.boolean() }).nullish(),
  rightsVersion: z.number().default(0),
  expiresAt: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
});

/** A snapshot as identity gives it; a service key may belong to a universe, a person's session need not. */
export type IdentitySnapshot = Omit<ActorSnapshot, 'universe'> & { universe: string | null };

const keysShape = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * What the gateway asks of identity: directly, not through the supergraph, because these fields are for routers only and the
 * supergraph hides them.
 */
export class IdentityClient {
  private readonly service: SubgraphService | undefined;
  private readonly log: Logger;

  constructor(service: SubgraphService | undefined, log: Logger) {
    this.service = service;
    this.log = log;
  }

  /** The actor behind a token as it is now; `null` when the session was revoked or nobody is known by that name. */
  async actor(
    subject: string,
    sessionId: string | null,
    delegate: string | null,
    universe: string,
  ): Promise<IdentitySnapshot | null> {
    const answer = await this.ask(
      'query ActorSnapshot($subject: ID!, $sessionId: ID, $delegate: ID) { answer: actorSnapshot(subject: $subject, sessionId: $sessionId, delegate: $delegate) }',
      { subject, sessionId, delegate },
      universe,
    );
    return this.snapshot(answer);
  }

  /** The actor behind a service key; `null` when there is no such key, or no longer. */
  async byKey(key: string, universe: string): Promise<IdentitySnapshot | null> {
    return this.snapshot(
      await this.ask('query ServiceActor($key: String!) { answer: actorSnapshotByKey(key: $key) }', { key }, universe),
    );
  }

  /** The public keys with which access tokens are signed. */
  async keys(): Promise<JSONWebKeySet> {
    const answer = await this.ask('query Keys { answer: jwks }', {}, defaultUniverse);
    const parsed = keysShape.safeParse(Array.isArray(answer) ? { keys: answer } : answer);
    if (!parsed.success) throw this.away('its keys have another shape');
    return parsed.data as JSONWebKeySet;
  }

  private snapshot(answer: unknown): IdentitySnapshot | null {
    if (answer === null || answer === undefined) return null;
    const parsed = snapshotShape.safeParse(answer);
    if (!parsed.success) throw this.away(`its snapshot has another shape: ${parsed.error.message}`);
    return parsed.data;
  }

  private async ask(query: string, variables: Record<string, unknown>, universe: string): Promise<unknown> {
    if (!this.service) throw this.away('there is no service of that name');
    const controller = new AbortController();
    const request: SubgraphRequest = {
      query,
      variables,
      info: gatewayRequest(randomUUID(), universe),
      signal: controller.signal,
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        controller.abort();
        reject(new Error(`no answer within ${patience} ms`));
      }, patience);
    });
    try {
      const result = await Promise.race([this.service.execute(request), late]);
      if (result.errors?.length) throw new Error(result.errors.map((error) => error.message).join('; '));
      return (result.data as { answer?: unknown } | null | undefined)?.answer;
    } catch (error) {
      throw this.away(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  private away(reason: string): Unavailable {
    this.log.warn({ os: 'identity', reason }, 'identity did not say who somebody is');
    return new Unavailable('Nobody can be recognised now: identity does not answer.', { retryAfter: 1 });
  }
}
