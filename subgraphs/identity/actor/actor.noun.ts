import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import type { Context } from '../../../platform/context/context.ts';
import { noun, type DeclaredNoun } from '../../../platform/declare/noun.ts';
import { openInterface } from '../../../platform/declare/open-interface.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { Actor, ActorKind, Discoverability, OrganizationKind, PlatformRole, type ActorLink } from './actor.entity.ts';
import { findable, rightsOwner } from './actor.policy.ts';

/** Whether the viewer may change what an actor tells of itself, and so sees all of it. */
const mayUpdate = (actor: Actor, context: Context): boolean =>
  context.can('identity.actor.update', rightsOwner(actor, context.actor.id));

const isOwn = ({ id }: Actor, { actor }: Context): boolean => actor.id === id || isOperator(actor);

const ActorLinkType = valueType(
  'ActorLink',
  'A page elsewhere that an actor points to.',
  (f: OutputFields<ActorLink>) => ({
    label: f.text('Text of the link, 1 to 80 characters.'),
    url: f.text('An https address.'),
  }),
);

export const ActorProfile = valueType(
  'ActorProfile',
  'What an actor publishes about itself. Visible to those who may find it in the directory.',
  (f: OutputFields<Actor>) => ({
    biography: f.text('At most 2,000 characters.').nullable(),
    links: f.list(ActorLinkType, 'At most ten.', { atMost: 10 }),
    locale: f
      .text(
        'Preferred language and region, a BCP 47 tag such as "de-CH". Null if none is set, and for those who may not change it.',
      )
      .restrictedTo('self', mayUpdate),
    timeZone: f
      .text('IANA time zone such as "Europe/Zurich". Null if none is set, and for those who may not change it.')
      .restrictedTo('self', mayUpdate),
    discoverable: f
      .enum(Discoverability, 'Who finds the actor in the directory. Null for those who may not change it.')
      .restrictedTo('self', mayUpdate),
    version: f.int(
      'Version of the profile. It grows with each change; send it as `ifVersion` to avoid overwriting the change of somebody else.',
    ),
  }),
);

const typeNames = { USER: 'User', ORGANIZATION: 'Organization', AGENT: 'Agent', SERVICE: 'Service' } as const;

export const AnyActor = openInterface(
  'Actor',
  'A person, an organization, an agent or a service: anyone that can own, bid, buy, write or review.',
  (f: OutputFields<Actor>) => ({
    id: f.id('Id: `usr_…`, `org_…`, `agt_…` or `svc_…`, by the kind of the actor.'),
    displayName: f.text('The name that others see.'),
    avatar: f.text('The https address of a picture.').nullable(),
    avatarMedia: f.foreign(
      'Media',
      'avatarMediaId',
      'The uploaded picture that represents the actor: `avatarMedia { image(width: 64, height: 64) { url } }`. Visible to everybody who sees the asset it belongs to; null if there is none or it was removed.',
    ),
    profile: f
      .object(
        ActorProfile,
        'What the actor publishes about itself. Null if the viewer may not find it in the directory.',
      )
      .from((actor) => actor)
      .restrictedTo('self', async ({ id }, context) => (await directory.load(context, id)) !== null),
    platformRoles: f
      .enums(
        PlatformRole,
        'Its roles over the whole platform. Visible to the actor itself and to operators; null for everybody else.',
      )
      .restrictedTo('self', isOwn),
    createdAt: f.time('When it was created.'),
    closedAt: f
      .time(
        'When the actor was closed for good. Its id stays in everything that refers to it. Null while it is in use.',
      )
      .nullable(),
  }),
  ({ kind }) => typeNames[kind],
);

/**
 * Actors where something refers to them. Names and pictures of those who bid, own or write are seen by all; to be found in the
 * directory, and what the profile tells, is another thing and decided by `findable`.
 */
const referred = (kind: ActorKind) =>
  ({
    implements: AnyActor,
    audience: 'public',
    visible: () => ({ kind }),
    filter: {},
    sort: [],
    ownedBy: 'ownerId',
  }) as const;

export const actors = noun(Actor, {
  name: 'Actor',
  plural: 'actors',
  prefix: [],
  kinds: [],
  interfaces: ['Actor'],
  words: ['actor', 'actors'],
  type: () => AnyActor.type,
  audience: 'public',
  visible: () => ({}),
  filter: {},
  sort: [],
  roots: {
    ids: actorPrefixes,
    one: 'A person, organization, agent or service by its id. Null when there is none. Errors: INVALID for an id of another kind.',
    list: false,
  },
});

export const users = noun(Actor, {
  name: 'User',
  plural: 'users',
  prefix: 'usr',
  words: ['person', 'people'],
  description: 'A person.',
  ...referred('USER'),
  fields: (f) => ({
    email: f
      .text('The e-mail address of the account. Visible to the person and to operators; null for everybody else.')
      .restrictedTo('self', isOwn),
    emailConfirmed: f
      .boolean(
        'Whether the person has shown that they read what is sent to `email`. Seen by the person and by operators; null for everybody else.',
      )
      .from(({ emailConfirmedAt }) => Boolean(emailConfirmedAt))
      .restrictedTo('self', isOwn),
  }),
  roots: {
    one: 'A person by their id; also a closed one. Null if there is none. Errors: INVALID for an id of another kind.',
    list: false,
  },
});

export const organizations: DeclaredNoun<Actor> = noun(Actor, {
  name: 'Organization',
  plural: 'organizations',
  prefix: 'org',
  words: ['organization', 'organizations'],
  description: 'A company, brand or group that owns things and has members.',
  ...referred('ORGANIZATION'),
  fields: (f) => ({
    organizationKind: f
      .enum(OrganizationKind, 'Whether it is a company, a brand or a group.')
      .from(({ organizationKind }) => organizationKind as OrganizationKind),
    assetCount: f.int('Number of assets that it owns and that everybody sees. Updated within moments of a change.'),
    // Both show what this viewer may find, so no stream that selects them is shared.
    parent: f
      .belongsTo(
        () => organizationDirectory,
        'ownerId',
        'The parent organization. Null if there is none or if the viewer may not find it.',
      )
      .dependsOn('self'),
    children: f
      .hasFew(
        () => organizationDirectory,
        'ownerId',
        'Child organizations that the viewer may find, ordered by name; at most 100. `organizations(filter: { parentId })` lists all.',
        { atMost: 100, sort: ['DISPLAY_NAME_ASC'] },
      )
      .dependsOn('self'),
  }),
  roots: {
    one: 'An organization by its id. Null when there is none. Errors: INVALID for an id of another kind.',
    list: false,
  },
});

/** The organization to which a row belongs. Loaded as other actors are, so that one statement finds it and them. */
export const organizationOf = <E extends { organizationId: string }>(f: OutputFields<E>, description: string) =>
  f
    .row(() => organizations, description)
    .nullable()
    .from(({ organizationId }, context) => actors.load(context, organizationId));

const ownerOf = (f: OutputFields<Actor>) =>
  f
    .row(() => actors, 'The owner. Null once it is closed.')
    .nullable()
    .from((program, context) => (program.closedAt ? null : actors.load(context, program.ownerId)));

export const agents = noun(Actor, {
  name: 'Agent',
  plural: 'agents',
  prefix: 'agt',
  words: ['agent', 'agents'],
  description: 'An autonomous software agent, owned by a person or an organization.',
  ...referred('AGENT'),
  fields: (f) => ({ owner: ownerOf(f) }),
  roots: {
    one: 'An agent by its id; also a closed one. Null if there is none. Errors: INVALID for an id of another kind.',
    list: false,
  },
});

export const services = noun(Actor, {
  name: 'Service',
  plural: 'services',
  prefix: 'svc',
  words: ['service', 'services'],
  description: 'A program that signs in with keys, owned by an organization.',
  ...referred('SERVICE'),
  fields: (f) => ({ owner: ownerOf(f) }),
  roots: {
    one: 'A service by its id; also a closed one. Null if there is none. Errors: INVALID for an id of another kind.',
    list: false,
  },
});

/** Actors where somebody looks for them: the lists, their totals, and the profiles. References are resolved by the nouns above. */
const listed = { prefix: [], kinds: [], audience: 'self', roots: false } as const;

export const directory: DeclaredNoun<Actor> = noun(Actor, {
  name: 'Actor',
  plural: 'actors',
  words: ['actor', 'actors'],
  ...listed,
  type: () => AnyActor.type,
  visible: findable,
  filter: { kind: ActorKind, displayName: 'text', createdAt: 'time' },
  sort: ['createdAt', 'displayName'],
});

const findableOf = (kind: ActorKind) => (actor: Parameters<typeof findable>[0]) =>
  ({ $and: [{ kind }, findable(actor)] }) as FilterQuery<Actor>;

export const organizationDirectory: DeclaredNoun<Actor> = noun(Actor, {
  name: 'Organization',
  plural: 'organizations',
  words: ['organization', 'organizations'],
  ...listed,
  type: () => organizations.options.type(),
  visible: findableOf('ORGANIZATION'),
  filter: {
    displayName: 'text',
    organizationKind: OrganizationKind,
    parentId: { column: 'ownerId', kind: 'id' },
    createdAt: 'time',
  },
  sort: ['createdAt', 'displayName'],
  roots: {
    one: false,
    list: 'The organizations that the viewer may find, the newest first. Errors: INVALID.',
    arguments: { filter: 'Conditions on the organizations; all that the viewer may find if absent.' },
  },
});

export const agentDirectory = noun(Actor, {
  name: 'Agent',
  plural: 'agents',
  words: ['agent', 'agents'],
  ...listed,
  type: () => agents.options.type(),
  visible: findableOf('AGENT'),
  filter: {},
  sort: ['createdAt'],
});
