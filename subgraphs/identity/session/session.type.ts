import { Field, ID, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import type { Device, DeviceKind } from './device.ts';
import type { Session } from './session.entity.ts';

@InterfaceType('SessionTokens', { description: 'Tokens of a session, to be kept by the client.' })
export abstract class SessionTokens {
  @Field(() => String, { description: 'Goes into `authorization: Bearer …`. An EdDSA JWT, good for ten minutes.' })
  accessToken!: string;

  @Field(() => DateTime, { description: 'When the access token expires: ten minutes after it was issued.' })
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
registerEnumType(DeviceKindEnum, {
  name: 'DeviceKind',
  description: 'Type of device, read from its user agent.',
  valuesConfig: {
    DESKTOP: { description: 'A computer.' },
    MOBILE: { description: 'A telephone.' },
    TABLET: { description: 'A tablet.' },
    TV: { description: 'A television.' },
    BOT: { description: 'A program that names itself a bot.' },
  },
});

@ObjectType('SessionDevice', {
  description:
    'The device of a session, as its user agent names it. A hint for people; anybody can write any user agent.',
})
export class SessionDeviceType implements Device {
  @Field(() => String, { description: 'In one line: "Firefox on Linux", or "An unknown program".' })
  name!: string;

  @Field(() => DeviceKindEnum, {
    nullable: true,
    description: 'What sort of machine it is. Null if the user agent does not say.',
  })
  kind!: DeviceKind | null;

  @Field(() => String, { nullable: true, description: 'Name of the browser. Null if unknown.' })
  browser!: string | null;

  @Field(() => String, { nullable: true, description: 'Version of the browser. Null if unknown.' })
  browserVersion!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the operating system. Null if unknown.' })
  operatingSystem!: string | null;
}

@ObjectType('Session', {
  description:
    'A session: from one sign-in on one device to its end. Visible to the person whose session it is, and to the operator who acts in it.',
})
export class SessionType implements Pick<Session, 'id' | 'createdAt' | 'usedAt' | 'expiresAt'> {
  @Field(() => ID, { description: 'Id: `ses_…`.' })
  id!: string;

  @Field(() => ActorType, {
    nullable: true,
    description: 'The actor who is signed in, or on whose behalf an operator acts.',
  })
  actor!: Actor | null;

  @Field(() => ActorType, {
    nullable: true,
    description: 'The operator who acts on behalf of the actor. Null if the actor itself is signed in.',
  })
  delegate!: Actor | null;

  @Field(() => SessionDeviceType, { description: 'The device and program that signed in.' })
  device!: Device;

  @Field(() => String, {
    nullable: true,
    description:
      'Network from which the session was started, shortened to /24 (IPv4) or /48 (IPv6): "203.0.113.0/24". Null if unknown.',
  })
  network!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The country of that network, ISO 3166-1 alpha-2: "CH". A guess by registries; null for private and unknown networks. IP geolocation by DB-IP (https://db-ip.com).',
  })
  country!: string | null;

  @Field(() => Boolean, { description: 'Whether this is the session of the token that makes the request.' })
  isCurrent!: boolean;

  @Field(() => DateTime, { description: 'When somebody signed in.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When its tokens were last renewed, which is every ten minutes while in use.' })
  usedAt!: Date;

  @Field(() => DateTime, { description: 'When the session ends without a sign-out.' })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was ended before its expiry. Null if it was not.' })
  revokedAt!: Date | null;
}
