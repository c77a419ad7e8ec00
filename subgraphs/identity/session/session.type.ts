import { Field, ID, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import type { Device, DeviceKind } from './device.ts';
import type { Session } from './session.entity.ts';

@InterfaceType('SessionTokens', { description: 'What a client keeps after signing in.' })
export abstract class SessionTokens {
  @Field(() => String, { description: 'Goes into `authorization: Bearer …`. An EdDSA JWT, good for ten minutes.' })
  accessToken!: string;

  @Field(() => DateTime)
  accessTokenExpiresAt!: Date;

  @Field(() => String, {
    description:
      'Can be used once, for `sessionRefresh`, within 30 days. Using one again after 30 seconds ends the session.',
  })
  refreshToken!: string;

  @Field(() => SessionType, { description: 'The session to which the tokens belong.' })
  session!: Session;

  @Field(() => ViewerType, { description: 'The person who is signed in.' })
  viewer!: Actor;
}

export const DeviceKindEnum = { DESKTOP: 'DESKTOP', MOBILE: 'MOBILE', TABLET: 'TABLET', TV: 'TV', BOT: 'BOT' } as const;
registerEnumType(DeviceKindEnum, { name: 'DeviceKind', description: 'What sort of machine a session runs on.' });

@ObjectType('SessionDevice', {
  description:
    'The device of a session, as its user agent names it. A hint for people; anybody can write any user agent.',
})
export class SessionDeviceType implements Device {
  @Field(() => String, { description: 'In one line: "Firefox on Linux", or "An unknown program".' })
  name!: string;

  @Field(() => DeviceKindEnum, { nullable: true })
  kind!: DeviceKind | null;

  @Field(() => String, { nullable: true })
  browser!: string | null;

  @Field(() => String, { nullable: true })
  browserVersion!: string | null;

  @Field(() => String, { nullable: true })
  operatingSystem!: string | null;
}

@ObjectType('Session', { description: 'From a sign-in to its end, on one device. Seen by whose it is.' })
export class SessionType implements Pick<Session, 'id' | 'createdAt' | 'usedAt' | 'expiresAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => ActorType, { nullable: true, description: 'In whose name things happen in it.' })
  actor!: Actor | null;

  @Field(() => ActorType, {
    nullable: true,
    description: 'Who acts on behalf of the actor; null when it is the actor.',
  })
  delegate!: Actor | null;

  @Field(() => SessionDeviceType)
  device!: Device;

  @Field(() => String, {
    nullable: true,
    description: 'The network from which it was begun, cut short: "203.0.113.0/24". Null when it is not known.',
  })
  network!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The country of that network, ISO 3166-1 alpha-2: "CH". A guess by registries; null for private and unknown networks. IP geolocation by DB-IP (https://db-ip.com).',
  })
  country!: string | null;

  @Field(() => Boolean, { description: 'Whether it is the session of the token that asks.' })
  isCurrent!: boolean;

  @Field(() => DateTime, { description: 'When somebody signed in.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When its tokens were last renewed, which is every ten minutes while in use.' })
  usedAt!: Date;

  @Field(() => DateTime, { description: 'When it ends by itself.' })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was ended before that.' })
  revokedAt!: Date | null;
}
