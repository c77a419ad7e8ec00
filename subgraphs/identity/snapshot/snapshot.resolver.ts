import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Context } from '../../../platform/context/context.ts';
import { withPrecedence } from '../../../platform/database/precedence.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { publishedKeys } from '../signing/signing.service.ts';
import { actorSnapshot, actorSnapshotByKey } from './snapshot.service.ts';

/** What the gateway alone asks: whose token this is, and what they may do now. */
@Resolver()
export class SnapshotResolver {
  @Reads('router')
  @Query(() => JsonValue, {
    nullable: true,
    description: 'The rights of whoever a token names; null when its session has ended.',
  })
  actorSnapshot(
    @Arg('subject', () => ID) subject: string,
    @Arg('sessionId', () => ID, { nullable: true }) sessionId: string | null,
    @Arg('delegate', () => ID, { nullable: true }) delegate: string | null,
    @Ctx() context: Context,
  ): Promise<ActorSnapshot | null> {
    return withPrecedence(() =>
      actorSnapshot(context, { subject, sessionId: sessionId ?? null, delegate: delegate ?? null }),
    );
  }

  @Reads('router')
  @Query(() => JsonValue, {
    nullable: true,
    description: 'The rights of the service that a key belongs to; null when it is not good.',
  })
  actorSnapshotByKey(@Arg('key', () => String) key: string, @Ctx() context: Context): Promise<ActorSnapshot | null> {
    return withPrecedence(() => actorSnapshotByKey(context, key));
  }

  @Reads('router')
  @Query(() => JsonValue, {
    description: 'The public keys that check access tokens, as a JSON Web Key Set (RFC 7517).',
  })
  jwks(@Ctx() context: Context): Promise<unknown> {
    return withPrecedence(() => publishedKeys(context));
  }
}
