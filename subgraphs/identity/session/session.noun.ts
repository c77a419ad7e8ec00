import type { FilterQuery } from '@mikro-orm/postgresql';
import { plainAddress, shownNetwork } from '../../../platform/context/network.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import type { Connection } from '../../../platform/nouns/connection.ts';
import { PageArgs } from '../../../platform/nouns/page.ts';
import { actors } from '../actor/actor.noun.ts';
import { Viewer } from '../viewer/viewer.ts';
import { deviceOf, SessionDevice } from './device.ts';
import { Session } from './session.entity.ts';

export const sessions = noun(Session, {
  name: 'Session',
  plural: 'sessions',
  prefix: 'ses',
  words: ['session', 'sessions'],
  description:
    'A session: from a sign-in on one device to its end. Visible to the person who is signed in, and to the operator who acts in it.',
  audience: 'self',
  /** One's own sessions and those in which one acts for others. Acting on behalf of another actor shows only the present session. */
  visible: (actor): FilterQuery<Session> | null => {
    if (actor.id === null) return null;
    if (actor.delegate !== null) return { id: actor.sessionId };
    return { $or: [{ actorId: actor.id }, { delegateId: actor.id }] };
  },
  fields: (f) => ({
    id: f.id(),
    actor: f.belongsTo(() => actors, 'actorId', 'The actor who is signed in, or on whose behalf an operator acts.'),
    delegate: f.belongsTo(
      () => actors,
      'delegateId',
      'The operator who acts on behalf of the actor. Null if the actor itself is signed in.',
    ),
    device: f
      .object(SessionDevice, 'The device and program that signed in.')
      .from(({ userAgent }) => deviceOf(userAgent ?? null)),
    network: f
      .text(
        'Network from which the session was started, shortened to /24 (IPv4) or /48 (IPv6): "203.0.113.0/24". Null if unknown.',
      )
      .nullable()
      .from(({ ip }) => shownNetwork(ip ?? null)),
    country: f
      .text(
        'Country of that network by ISO 3166-1 alpha-2: "CH". An estimate; null for private and unknown networks. IP geolocation by DB-IP (https://db-ip.com).',
      )
      .nullable()
      .from(async ({ ip }, context) => {
        const address = plainAddress(ip ?? null);
        return address === null ? null : context.countries.of(address);
      }),
    isCurrent: f
      .boolean('Whether this is the session of this request.')
      .from(({ id }, { actor }) => id === actor.sessionId),
    createdAt: f.time('When the session began, with a sign-in.'),
    usedAt: f.time('When its tokens were last renewed: about every ten minutes while it is in use.'),
    expiresAt: f.time('When the session ends at the latest: 90 days after the sign-in, or one hour for an operator’s.'),
    revokedAt: f.time('When the session was ended before its expiry. Null if it was not.').nullable(),
  }),
  filter: {},
  sort: ['usedAt', 'createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A session by its id: one of the viewer’s own, or one in which the viewer acts on behalf of another actor; also one that ended in the last 30 days. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
    list: false,
  },
});

export const viewerSessions = extend(Viewer, (f) => ({
  sessions: f
    .object<Connection<Session>>(
      () => sessions.Connection,
      'Sessions of the viewer that have not ended, including those in which the viewer acts on behalf of others; the last used first.',
    )
    .with(
      () => PageArgs,
      (_viewer, context, args) => sessions.list(context, args, { revokedAt: null, expiresAt: { $gt: context.now() } }),
    ),
}));
