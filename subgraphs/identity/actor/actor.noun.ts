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

/** Whether the viewer may change an actor's profile, and so sees all of it. */
const mayUpdate = (actor: Actor, context: Context): boolean =>
  context.can('identity.actor.update', rightsOwner(actor, context.actor.id));

const isOwn = ({ id }: Actor, { actor }: Context): boolean => actor.id === id || isOperator(actor);

const ActorLinkType = valueType('ActorLink', 'A link that a profile shows.', (f: OutputFields<ActorLink>) => ({
  label: f.text('Text of the link, 1 to 80 characters.'),
  url: f.text('An https address.'),
}));

export const ActorProfile = valueType(
  'ActorProfile',
  'What an actor publishes about itself. Visible to those who may find it in the directory.',
  (f: OutputFields<Actor>) => ({
    biography: f
      .text('Description of the actor, in plain text; at most 2,000 characters. Null if none is set.')
      .nullable(),
    links: f.list(ActorLinkType, 'Links to other pages, in the order that the actor chose; at most ten.', {
      atMost: 10,
    }),
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
      'Version of the profile, which grows with each change. Send it as `ifVersion` so as not to overwrite changes of others.',
    ),
  }),
);

const typeNames = { USER: 'User', ORGANIZATION: 'Organization', AGENT: 'Agent', SERVICE: 'Service' } as const;

export const AnyActor = openInterface(
  'Actor',
  'A person, an organization, an agent or a service: anyone that can own, bid, buy, write or review.',
  (f: OutputFields<Actor>) => ({
    id: f.id('Id: `usr_…`, `org_…`, `agt_…` or `svc_…`, depending on the kind of actor.'),
    displayName: f.text(
      'Name shown to others. "Closed account" once a person was closed, with their agents; organizations, and agents and services closed with their organization, keep their name.',
    ),
    avatar: f.text('https address of a picture. Null if none is set.').nullable(),
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
        'Roles of the actor over the whole platform. Visible to the actor itself and to operators; null for everybody else.',
      )
      .restrictedTo('self', isOwn),
    createdAt: f.time('When the actor was created.'),
    closedAt: f
      .time(
        'When the actor was closed for good; its id stays in everything that refers to it. Null while it is in use.',
      )
      .nullable(),
  }),
  ({ kind }) => typeNames[kind],
);

/**
 * Actors as the targets of references: everybody sees the names and pictures of those who bid, own or write. Who finds an actor in
 * the directory and sees its profile is decided separately, by `findable`.
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
    one: 'A person, organization, agent or service by its id; also a closed one. Null if there is none. Errors: INVALID for an id of another kind.',
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
        'Whether the person has confirmed `email` by using a link sent to it. Visible to the person and to operators; null for everybody else.',
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
    assetCount: f.int('Number of assets of the organization that everybody sees. Updated within moments of a change.'),
    // Both depend on what the viewer may find, so a stream that selects them is not shared.
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
    one: 'An organization by its id; also a closed one. Null if there is none. Errors: INVALID for an id of another kind.',
    list: false,
  },
});

/** The organization to which a row belongs. Loaded together with other actors, in one statement. */
export const organizationOf = <E extends { organizationId: string }>(f: OutputFields<E>, description: string) =>
  f
    .row(() => organizations, description)
    .nullable()
    .from(({ organizationId }, context) => actors.load(context, organizationId));

const ownerOf = (f: OutputFields<Actor>) =>
  f
    .row(() => actors, 'The person or organization that owns it. Null once it is closed.')
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

/** Actors as search results: lists, their totals, and profiles. References are resolved by the nouns above. */
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
