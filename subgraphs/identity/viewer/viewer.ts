import { Directive } from 'type-graphql';
import { query } from '../../../platform/declare/query.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { PageArgs } from '../../../platform/nouns/page.ts';
import { PlatformRole, type Actor } from '../actor/actor.entity.ts';
import { ActorProfile, actors, agentDirectory } from '../actor/actor.noun.ts';
import { Membership, membershipsAtMost } from '../membership/membership.entity.ts';
import { memberships } from '../membership/membership.noun.ts';

export const Viewer = valueType(
  'Viewer',
  'The signed-in actor, with everything that belongs to it. Other systems add their fields here.',
  (f: OutputFields<Actor>) => ({
    id: f.id('The id of the actor.'),
    displayName: f.text('The name of the actor, as others see it.'),
    actor: f
      .row(
        () => actors,
        'The person, agent or service that is signed in. When acting on behalf of another actor, that actor.',
      )
      .from((viewer) => viewer),
    email: f.text('The e-mail address of the account. Null for agents and services.').nullable(),
    emailConfirmed: f
      .boolean('Whether the person has confirmed `email` by using a link sent to it. False for agents and services.')
      .from(({ emailConfirmedAt }) => Boolean(emailConfirmedAt)),
    avatar: f.text('https address of a picture. Null if none is set.').nullable(),
    avatarMedia: f.foreign(
      'Media',
      'avatarMediaId',
      'The uploaded picture of the actor: `avatarMedia { image(width: 64, height: 64) { url } }`. Null if none is set or if it was removed.',
    ),
    profile: f.object(ActorProfile, 'The profile of the actor, with all its fields.').from((viewer) => viewer),
    // By the id of the viewer: the answer of a sign-in comes before the request has an actor.
    memberships: f
      .rows(() => memberships, 'Memberships of the viewer, the oldest first; at most 100.', {
        atMost: membershipsAtMost,
      })
      .from(({ id }, context) =>
        context.em.find(
          Membership,
          { actorId: id },
          { orderBy: { createdAt: 'asc', id: 'asc' }, limit: membershipsAtMost },
        ),
      ),
    // Not the roles of the row: a delegate may have fewer.
    platformRoles: f
      .list<PlatformRole>(
        () => PlatformRole.enum,
        'Roles over the whole platform with which this request acts; at most four. When acting on behalf of another actor, the roles that both have. A limited key uses them within its `scopes`.',
        { atMost: 4 },
      )
      .from((_viewer, { actor }) => actor.platformRoles),
    scopes: f
      .list<string>(
        () => String,
        'Scopes to which the key of this request is limited, as in `actorKeyCreate`; at most 100. Null without a limit: for a session, and for a key without scopes.',
        { atMost: 100 },
      )
      .nullable()
      .from((_viewer, { actor }) => actor.scopes),
    agents: f
      .object<Awaited<ReturnType<typeof agentDirectory.list>>>(
        () => agentDirectory.Connection,
        'Agents that the viewer owns and that are not closed, the newest first; each shows its keys.',
      )
      .with(
        () => PageArgs,
        ({ id }, context, args) => agentDirectory.list(context, args, { ownerId: id }),
      ),
  }),
);
Directive('@key(fields: "id")')(Viewer.type);

export const viewer = query('viewer', {
  access: 'self',
  description: 'The signed-in actor. Null if the request is not signed in.',
  answers: (f) => f.object(Viewer, '').nullable(),
  run: (context) => actors.load(context, context.actorId),
});
