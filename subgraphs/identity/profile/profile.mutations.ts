import { isTimeZone, IsUrl } from 'class-validator';
import { difference } from '../../../platform/change/difference.ts';
import { arg, input } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { checkVersion, versionOf } from '../../../platform/declare/row-mutation.ts';
import { Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { Discoverability, OrganizationKind } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.noun.ts';
import { rightsOwner } from '../actor/actor.policy.ts';
import { avatarCheck } from '../avatar/avatar.service.ts';
import { actorUpdated, type ProfileField } from '../events.ts';
import { checkParent } from '../organization/organization-tree.service.ts';

/** A URL. Browsers and proxies refuse longer ones. */
const url = (description: string) =>
  arg
    .text(`${description} At most 2,000 characters.`, { max: 2000 })
    .check(IsUrl({ protocols: ['https'], require_protocol: true }, { message: '$property must be an https address' }));

const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** The canonical form of a BCP 47 tag (RFC 5646) of a known language; throws INVALID for others. */
function canonicalLocale(tag: string, path: string[]): string {
  try {
    const locale = new Intl.Locale(tag);
    if (languages.of(locale.language) !== undefined) return locale.toString();
  } catch (error) {
    // Intl throws a RangeError for a malformed tag, which is refused below.
    if (!(error instanceof RangeError)) throw error;
  }
  throw new Invalid(
    `${path.slice(1).join('.')}: "${tag}" is not a BCP 47 tag of a known language. Give one such as "de-CH".`,
    { path },
  );
}

function checkTimeZone(name: string, path: string[]): string {
  // JavaScript also accepts an offset such as +01:00, but that has no summer time.
  if (/^[A-Za-z]/.test(name) && isTimeZone(name)) return name;
  throw new Invalid(
    `${path.slice(1).join('.')}: "${name}" is not an IANA time zone. Give one such as "Europe/Zurich".`,
    { path },
  );
}

const ActorLinkInput = input('ActorLinkInput', 'A link that a profile shows.', {
  label: arg.text('Text of the link; 1 to 80 characters.', { min: 1, max: 80 }),
  url: url('https address of the page.'),
});

export const actorUpdate = mutation('actorUpdate', {
  access: 'identity.actor.update',
  description:
    'Changes the profile of a person, organization, agent or service, who finds it in the directory, and the parent of an organization.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if `ifVersion` is outdated',
  tells: [actorUpdated],
  inputDescription: 'Absent fields stay as they are; null clears a field.',
  input: {
    actorId: arg.id(actorPrefixes, 'The actor to change. Absent: the viewer.').optional(),
    ifVersion: versionOf('profile'),
    displayName: arg.text('Name shown to others; 1 to 120 characters; cannot be cleared.', { min: 1, max: 120 }).kept(),
    avatar: url('https address of a picture.').clearable(),
    avatarMediaId: arg
      .id('med', 'A picture among the media of an asset, uploaded by the viewer or by the actor itself.')
      .clearable(),
    biography: arg
      .text('Description of the actor, in plain text; at most 2,000 characters.', { max: 2000 })
      .read((text) => text.trim() || null)
      .clearable(),
    links: arg
      .objects(ActorLinkInput, 'All links of the profile, in this order; at most ten.', { atMost: 10 })
      .clearable(),
    locale: arg
      .text('Preferred language and region: a BCP 47 tag of a known language, such as "de-CH".', { max: 35 })
      .read(canonicalLocale)
      .clearable(),
    timeZone: arg.text('An IANA time zone, such as "Europe/Zurich".', { max: 64 }).read(checkTimeZone).clearable(),
    discoverable: arg.enum(Discoverability, 'Who finds the actor in the directory; cannot be cleared.').kept(),
    organizationKind: arg
      .enum(OrganizationKind, 'Only for organizations: company, brand or group; cannot be cleared.')
      .kept(),
    parentId: arg
      .id(
        'org',
        'Only for organizations: the parent organization. Requires permission to change both. At most five levels, without cycles.',
      )
      .clearable(),
  },
  answers: [actors, 'The actor after the change.'],
  async run(tx, { actorId = tx.actorId, ifVersion, parentId, ...given }) {
    const path = ['input', 'actorId'];
    const actor = tx.found(await actors.lock(tx, actorId), path);
    if (actor.closedAt) throw new NotFound('actorId: this account was closed.', { path });
    tx.must('identity.actor.update', rightsOwner(actor, tx.actor.id));
    checkVersion('profile', actor, ifVersion);
    if (given.avatarMediaId) await avatarCheck(tx, actor, given.avatarMediaId);
    for (const [field, value] of Object.entries({ organizationKind: given.organizationKind, parentId }))
      if (value !== undefined && actor.kind !== 'ORGANIZATION')
        throw new Invalid(`${field}: only organizations have one.`, { path: ['input', field] });
    const after = { ...given, ...(given.links === null ? { links: [] } : {}) };
    const changed = Object.keys(difference(actor, after)) as ProfileField[];
    const { displayName, ...others } = after;
    Object.assign(actor, others);
    if (displayName !== undefined) actor.rename(displayName);
    const previousParentId = actor.ownerId ?? null;
    const moves = parentId !== undefined && parentId !== previousParentId;
    if (moves) {
      if (parentId !== null) await checkParent(tx, actor, parentId);
      actor.ownerId = parentId;
      changed.push('parentId');
    }
    if (changed.length === 0) return actor;
    actor.version += 1;
    actor.updatedAt = tx.now();
    const places = moves ? { parentId, previousParentId } : {};
    tx.emit(actorUpdated, actorId, { actorId, kind: actor.kind, changed, ...places });
    return actor;
  },
});
