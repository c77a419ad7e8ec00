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
    EVERYONE: 'Everybody, without signing in.',
    MEMBERS: 'Members of an organization to which the actor belongs as well.',
    NOBODY: 'Nobody else.',
  },
);

export const PlatformRole = enumeration('PlatformRole', 'Roles over the whole platform; none includes another.', {
  OPERATOR: 'Supports users: sees and manages accounts, and may act on behalf of others.',
  FINANCE_ADMIN: 'Responsible for money.',
  SECURITY_ADMIN: 'Responsible for security.',
  AUDITOR: 'Reads for audits; pages may hold 1,000 rows.',
});
export type PlatformRole = ValueOf<typeof PlatformRole>;

/** How a person whose account is closed is called where something still refers to them. */
export const closedName = 'Closed account';

/** A page elsewhere that an actor points to. */
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
    /** `nameWords`, written with each name; lazy, so that no list carries it along. */
    words: p.type(TsVector).$type<string | null>().nullable().lazy(),
    avatar: p.text().nullable(),
    /** A picture that was uploaded; it is the assets OS's, and null again when it is gone. */
    avatarMediaId: p.text().name('avatar_media_id').nullable(),
    /** Lower case; unique in its universe. Users have one. */
    email: p.text().nullable(),
    /** The normal form of `email`, where that is stored in another because somebody else had this one: nobody signs in by it. */
    collidingEmail: p.text().name('colliding_email').nullable(),
    /**
     * The organization or user that an agent or service belongs to, also once it is closed: its owner may repeat the call. The
     * organization above a brand or group.
     */
    ownerId: p.text().name('owner_id').nullable(),
    organizationKind: p.enum(OrganizationKind.values).name('organization_kind').nullable(),
    /** Kept by a reaction to the facts of assets. */
    assetCount: p.integer().name('asset_count').default(0),
    /** Those that are not archived, hidden ones too; of organizations. Kept by a reaction to the facts of assets. */
    ownedAssetCount: p.integer().name('owned_asset_count').default(0),
    platformRoles: p.array().$type<PlatformRole[]>().name('platform_roles').default([]),
    /** Grows with each change of rights, so that open streams notice. */
    rightsVersion: p.integer().name('rights_version').default(1),
    /** Grows with each change of the profile, and with nothing else: counters and rights have their own. */
    version: p.integer().default(1),
    biography: p.text().nullable(),
    links: p.json<ActorLink[]>().default([]),
    /** A BCP 47 tag in its canonical form. */
    locale: p.text().nullable(),
    /** An IANA name. */
    timeZone: p.text().name('time_zone').nullable(),
    discoverable: p.enum(Discoverability.values).default('MEMBERS'),
    /** When the account was closed and what was personal in it erased. */
    closedAt: p.datetime(3).name('closed_at').nullable(),
    /** Who closed it. Nobody is a member of a closed organization, so this is who may repeat the call. */
    closedBy: p.text().name('closed_by').nullable(),
    /** When it was shown that the person reads what is sent to `email`; null again when that changes. */
    emailConfirmedAt: p.datetime(3).name('email_confirmed_at').nullable(),
  },
});

/** Whoever owns, bids, buys, writes or reviews. */
export class Actor extends ActorSchema.class {
  /** Somebody used a link that was sent to the address. */
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

  /** Closes it for good: what it told of itself is erased, and of a person the name and address too. The id stays. */
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
