import { Field, InterfaceType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ViewerType } from '../viewer/viewer.type.ts';

@InterfaceType('SessionTokens', { description: 'What a client keeps after signing in.' })
export abstract class SessionTokens {
  @Field(() => String, { description: 'Goes into `authorization: Bearer …`. An EdDSA JWT, good for ten minutes.' })
  accessToken!: string;

  @Field(() => DateTime)
  accessTokenExpiresAt!: Date;

  @Field(() => String, {
    description: 'Good once, for `sessionRefresh`, within 30 days. Using one twice ends the session.',
  })
  refreshToken!: string;

  @Field(() => ViewerType, { description: 'Who is signed in now.' })
  viewer!: Actor;
}
