import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { TsVector } from '../../../platform/search/ts-vector.ts';
import { nameWords } from './name-words.ts';

export const ActorKind = enumeration('ActorKind', 'What an actor is.', {
  USER: 'A person.',
  ORGANIZATION: 'A company, brand or group with members.',
  AGENT: 'An autonomous software agent.',
  SERVICE: 'A program of an organization that signs in with keys.',
});
export type ActorKind = ValueOf<typeof ActorKind>;

export const OrganizationKind = enumeration('OrganizationKind', 'What an organization is.', {
  COMPANY: 'A firm or institution, such as a museum or an auction house.',
  BRAND: 'A name under which a company appears, such as a label.',
  GROUP: 'People or organizations that act together without being a firm.',
});
export type OrganizationKind = ValueOf<typeof OrganizationKind>;

export const Discoverability = enumeration(
  'Discoverability',
  'Who finds an actor in the directory. Operators and the owner of an actor always find it.',
  {
    EVERYONE: 'Everybody, also without signing in.',
    MEMBERS: 'Members of the organizations to which the actor belongs.',
    NOBODY: 'Nobody else.',
  },
);

export const PlatformRole = enumeration('PlatformRole', 'Roles over the whole platform; none includes another.', {
  OPERATOR: 'Supports users: sees and manages accounts, and may act on behalf of others.',
  FINANCE_ADMIN: 'Records payments and defaults of buyers.',
  SECURITY_ADMIN: 'Marks people responsible for security. It grants no permission yet.',
  AUDITOR: 'Reads the complete history, and the fields edited by hand, of every asset that it can see.',
});
export type PlatformRole = ValueOf<typeof PlatformRole>;

/** The name shown for a closed account where something still refers to it. */
export const closedName = 'Closed account';

/** A link that a profile shows. */
export interface ActorLink {
  label: string;
  url: string;
}

export const ActorSchema = defineEntity({
  name: 'Actor',
  tableName: 'actors',
  properties: {
    ...standardColumns,
    kind: p.enum(ActorKind.values),
    displayName: p.text().name('display_name'),
    /** `nameWords`, updated with each name. Lazy, so that lists do not load it. */
    words: p.type(TsVector).$type<string | null>().nullable().lazy(),
    avatar: p.text().nullable(),
    /** An uploaded picture, owned by the assets OS. Null again once the picture is deleted. */
    avatarMediaId: p.text().name('avatar_media_id').nullable(),
    /** In normal form; unique in its universe. Only users have one. */
    email: p.text().nullable(),
    /** The normal form of `email` if another account already had that form: `email` is then stored as it was, and no sign-in finds it. */
    collidingEmail: p.text().name('colliding_email').nullable(),
    /**
     * The owner of an agent or service, kept after closing so that the owner may repeat the call. For an organization, its parent.
     */
    ownerId: p.text().name('owner_id').nullable(),
    organizationKind: p.enum(OrganizationKind.values).name('organization_kind').nullable(),
    /** Assets that everybody sees; counted by a reaction to the facts of assets. */
    assetCount: p.integer().name('asset_count').default(0),
    /** Assets that are not archived, hidden ones included; only for organizations. Counted like `assetCount`. */
    ownedAssetCount: p.integer().name('owned_asset_count').default(0),
    platformRoles: p.array().$type<PlatformRole[]>().name('platform_roles').default([]),
    /** Incremented with each change of rights, so that open streams notice. */
    rightsVersion: p.integer().name('rights_version').default(1),
    /** Incremented with each change of the profile only, not of counters or rights. */
    version: p.integer().default(1),
    biography: p.text().nullable(),
    links: p.json<ActorLink[]>().default([]),
    /** A BCP 47 tag in its canonical form. */
    locale: p.text().nullable(),
    /** An IANA name. */
    timeZone: p.text().name('time_zone').nullable(),
    discoverable: p.enum(Discoverability.values).default('MEMBERS'),
    /** When the account was closed and its personal data erased. */
    closedAt: p.datetime(3).name('closed_at').nullable(),
    /** Who closed it, and so may repeat the call: a closed organization has no members. */
    closedBy: p.text().name('closed_by').nullable(),
    /** When the person proved that they receive mail at `email`. */
    emailConfirmedAt: p.datetime(3).name('email_confirmed_at').nullable(),
  },
});

/** A person, organization, agent or service. */
export class Actor extends ActorSchema.class {
  /** Confirms the address: a link that was sent to it has been used. */
  emailWasRead(now: Date): void {
    this.emailConfirmedAt ??= now;
    this.updatedAt = now;
  }

  changeEmail(email: string, now: Date): void {
    this.email = email;
    this.collidingEmail = null;
    this.emailConfirmedAt = now;
    this.updatedAt = now;
  }

  rename(displayName: string): void {
    this.displayName = displayName;
    this.words = nameWords(displayName);
  }

  /** Closes the actor for good and erases its profile; except for organizations, the name too. The id stays. */
  close(now: Date, closedBy: string): void {
    if (this.kind !== 'ORGANIZATION') this.rename(closedName);
    Object.assign(this, {
      avatar: null,
      avatarMediaId: null,
      email: null,
      collidingEmail: null,
      emailConfirmedAt: null,
      biography: null,
      links: [],
      locale: null,
      timeZone: null,
      discoverable: 'NOBODY',
      ownerId: this.kind === 'ORGANIZATION' ? null : this.ownerId,
      version: this.version + 1,
      updatedAt: now,
      closedAt: now,
      closedBy,
    });
    this.setPlatformRoles([]);
  }

  rightsChanged(): void {
    this.rightsVersion += 1;
  }

  setPlatformRoles(roles: readonly PlatformRole[]): void {
    this.platformRoles = PlatformRole.values.filter((role) => roles.includes(role));
    this.rightsChanged();
  }
}
ActorSchema.setClass(Actor);
classify(ActorSchema, {
  personal: [
    'displayName',
    'words',
    'avatar',
    'avatarMediaId',
    'email',
    'collidingEmail',
    'biography',
    'links',
    'locale',
    'timeZone',
  ],
});
