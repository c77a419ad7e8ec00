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

/** Maximum milliseconds for an answer of identity; every request depends on it. */
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

/** A snapshot from identity. A service key belongs to a universe; a person's session may have none. */
export type IdentitySnapshot = Omit<ActorSnapshot, 'universe'> & { universe: string | null };

const keysShape = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** The gateway's queries to identity. They bypass the supergraph, which hides these fields: they are for routers only. */
export class IdentityClient {
  private readonly service: SubgraphService;
  private readonly log: Logger;

  constructor(service: SubgraphService, log: Logger) {
    this.service = service;
    this.log = log;
  }

  /** The current actor of a token; `null` when the session was revoked or the actor does not exist. */
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

  /** The actor of a service key; `null` if the key does not exist any more or never did. */
  async byKey(key: string, universe: string): Promise<IdentitySnapshot | null> {
    return this.snapshot(
      await this.ask('query ServiceActor($key: String!) { answer: actorSnapshotByKey(key: $key) }', { key }, universe),
    );
  }

  /** The public keys that verify access tokens. */
  async keys(): Promise<JSONWebKeySet> {
    const answer = await this.ask('query Keys { answer: jwks }', {}, defaultUniverse);
    const parsed = keysShape.safeParse(Array.isArray(answer) ? { keys: answer } : answer);
    if (!parsed.success) throw this.away('its keys have an unexpected shape');
    return parsed.data as JSONWebKeySet;
  }

  private snapshot(answer: unknown): IdentitySnapshot | null {
    if (answer === null || answer === undefined) return null;
    const parsed = snapshotShape.safeParse(answer);
    if (!parsed.success) throw this.away(`its snapshot has an unexpected shape: ${parsed.error.message}`);
    return parsed.data;
  }

  private async ask(query: string, variables: Record<string, unknown>, universe: string): Promise<unknown> {
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
    this.log.warn({ os: 'identity', reason }, 'identity did not answer who the actor is');
    return new Unavailable('Authentication is unavailable: identity does not answer.', { retryAfter: 1 });
  }
}
