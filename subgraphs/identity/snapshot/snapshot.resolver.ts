import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Context } from '../../../platform/context/context.ts';
import { withPrecedence } from '../../../platform/database/precedence.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { publishedKeys } from '../signing/signing.service.ts';
import { actorSnapshot, actorSnapshotByKey } from './snapshot.service.ts';

/** Queries for the gateway only: the actor of a token and its present rights. */
@Resolver()
export class SnapshotResolver {
  @Reads('router')
  @Query(() => JsonValue, {
    nullable: true,
    description: 'The rights of the actor that a token names; null if its session has ended.',
  })
  actorSnapshot(
    @Arg('subject', () => ID, { description: 'The actor that the token names.' }) subject: string,
    @Arg('sessionId', () => ID, { nullable: true, description: 'The session of the token; null without one.' })
    sessionId: string | null,
    @Arg('delegate', () => ID, {
      nullable: true,
      description: 'The actor that acts on behalf of the subject; null if the subject acts itself.',
    })
    delegate: string | null,
    @Ctx() context: Context,
  ): Promise<ActorSnapshot | null> {
    return withPrecedence(() =>
      actorSnapshot(context, { subject, sessionId: sessionId ?? null, delegate: delegate ?? null }),
    );
  }

  @Reads('router')
  @Query(() => JsonValue, {
    nullable: true,
    description: 'The rights of the agent or service to which a key belongs; null if the key is not valid.',
  })
  actorSnapshotByKey(
    @Arg('key', () => String, { description: 'The whole key, beginning with `esk_`.' }) key: string,
    @Ctx() context: Context,
  ): Promise<ActorSnapshot | null> {
    return withPrecedence(() => actorSnapshotByKey(context, key));
  }

  @Reads('router')
  @Query(() => JsonValue, {
    description: 'The public keys that verify access tokens, as a JSON Web Key Set (RFC 7517).',
  })
  jwks(@Ctx() context: Context): Promise<unknown> {
    return withPrecedence(() => publishedKeys(context));
  }
}
