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
  'The actor that is signed in, with everything that belongs to it. Other systems add their fields here.',
  (f: OutputFields<Actor>) => ({
    id: f.id('The id of the actor.'),
    displayName: f.text('The name of the actor, as others see it.'),
    actor: f
      .row(
        () => actors,
        'The person, agent or service that is signed in. For somebody who acts on behalf of another: that other.',
      )
      .from((viewer) => viewer),
    email: f.text('The e-mail address of the account. Null for agents and services.').nullable(),
    emailConfirmed: f
      .boolean(
        'Whether the person has used a link that was sent to `email`. False for agents and services, which have no address.',
      )
      .from(({ emailConfirmedAt }) => Boolean(emailConfirmedAt)),
    avatar: f.text('The https address of a picture. Null if none is set.').nullable(),
    avatarMedia: f.foreign(
      'Media',
      'avatarMediaId',
      'The uploaded picture of the actor: `avatarMedia { image(width: 64, height: 64) { url } }`. Null if none is set or if it was removed.',
    ),
    profile: f.object(ActorProfile, 'The profile of the actor, with all its fields.').from((viewer) => viewer),
    // Whose they are is certain, also in the answer of a sign-in, which was asked for by nobody.
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
    // The roles of the row are those of the person, and who acts for them may have fewer.
    platformRoles: f
      .list<PlatformRole>(
        () => PlatformRole.enum,
        'Roles over the whole platform with which this request acts; at most four. For somebody who acts on behalf of another, the roles that both have. A limited key uses them within its `scopes`.',
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
  description: 'The actor that is signed in. Null without a sign-in.',
  answers: (f) => f.object(Viewer, '').nullable(),
  run: (context) => actors.load(context, context.actorId),
});
