import { isTimeZone } from 'class-validator';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { Actor, type ActorLink, type Discoverability, type OrganizationKind } from '../actor/actor.entity.ts';
import { rightsOwner } from '../actor/actor.policy.ts';
import { actors } from '../actor/actor.query.ts';
import { avatarCheck } from '../avatar/avatar.service.ts';
import { actorUpdated, type ProfileField } from '../events.ts';
import { lockTree } from '../organization/organization.service.ts';

/** Organizations above one another, the top one counted: a group, its companies, their brands, and room for two more. */
const levelsAtMost = 5;

export interface ActorUpdate {
  actorId?: string | null;
  ifVersion?: number | null;
  displayName?: string | null;
  avatar?: string | null;
  avatarMediaId?: string | null;
  biography?: string | null;
  links?: ActorLink[] | null;
  locale?: string | null;
  timeZone?: string | null;
  discoverable?: Discoverability | null;
  organizationKind?: OrganizationKind | null;
  parentId?: string | null;
}

const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** The canonical form of a BCP 47 tag (RFC 5646) whose language has a name; INVALID else. */
function canonicalLocale(tag: string): string {
  try {
    const locale = new Intl.Locale(tag);
    if (languages.of(locale.language) !== undefined) return locale.toString();
  } catch (error) {
    // Intl throws a RangeError for a tag that is not well-formed; it is refused below with the others.
    if (!(error instanceof RangeError)) throw error;
  }
  throw new Invalid(`"${tag}" is no BCP 47 tag of a known language. Write one such as "de-CH".`, {
    path: ['input', 'locale'],
  });
}

function checkTimeZone(name: string): string {
  // An offset such as +01:00 is a time zone to JavaScript, but knows no summer time.
  if (/^[A-Za-z]/.test(name) && isTimeZone(name)) return name;
  throw new Invalid(`"${name}" is no IANA time zone. Write one such as "Europe/Zurich".`, {
    path: ['input', 'timeZone'],
  });
}

/** What is asked for, each value checked and in the form in which it is stored. */
function changesOf(actor: Actor, input: ActorUpdate): Partial<Pick<Actor, ProfileField & keyof Actor>> {
  for (const field of ['displayName', 'discoverable', 'organizationKind'] as const)
    if (input[field] === null) throw new Invalid(`${field} cannot be cleared.`, { path: ['input', field] });
  if (actor.kind !== 'ORGANIZATION') {
    for (const field of ['organizationKind', 'parentId'] as const)
      if (input[field] !== undefined)
        throw new Invalid(`Only organizations have a ${field}.`, { path: ['input', field] });
  }
  const { displayName, avatar, avatarMediaId, biography, links, locale, timeZone, discoverable, organizationKind } =
    input;
  return {
    ...(displayName ? { displayName: displayName.trim() } : {}),
    ...(avatar === undefined ? {} : { avatar }),
    ...(avatarMediaId === undefined ? {} : { avatarMediaId }),
    ...(biography === undefined ? {} : { biography: biography?.trim() || null }),
    ...(links === undefined ? {} : { links: (links ?? []).map(({ label, url }) => ({ label: label.trim(), url })) }),
    ...(locale === undefined ? {} : { locale: locale === null ? null : canonicalLocale(locale) }),
    ...(timeZone === undefined ? {} : { timeZone: timeZone === null ? null : checkTimeZone(timeZone) }),
    ...(discoverable ? { discoverable } : {}),
    ...(organizationKind ? { organizationKind } : {}),
  };
}

/** Changes what an actor tells of itself, who finds it, and for organizations what they are and under whom. */
export async function actorUpdate(tx: Transaction, input: ActorUpdate): Promise<Actor> {
  const path = ['input', 'actorId'];
  const actor = tx.found(await actors.lock(tx, input.actorId ?? tx.actorId), path);
  if (actor.closedAt) throw new NotFound('This account was closed.', { path });
  tx.must('identity.actor.update', rightsOwner(actor, tx.actor.id));
  if (input.ifVersion && input.ifVersion !== actor.version)
    throw new Conflict(
      `ifVersion: the profile is at version ${actor.version} by now. Read it again, and repeat the change.`,
      { path: ['input', 'ifVersion'] },
    );
  if (input.avatarMediaId) await avatarCheck(tx, actor, input.avatarMediaId);
  const changed: ProfileField[] = [];
  for (const [field, value] of Object.entries(changesOf(actor, input))) {
    if (JSON.stringify(actor[field as keyof Actor] ?? null) === JSON.stringify(value)) continue;
    changed.push(field as ProfileField);
    if (field === 'displayName') actor.rename(value as string);
    else Object.assign(actor, { [field]: value });
  }
  const previousParentId = actor.ownerId ?? null;
  if (input.parentId !== undefined && input.parentId !== previousParentId && actor.kind === 'ORGANIZATION') {
    if (input.parentId !== null) await checkParent(tx, actor, input.parentId);
    actor.ownerId = input.parentId;
    changed.push('parentId');
  }
  if (changed.length === 0) return actor;
  actor.version += 1;
  actor.updatedAt = tx.now();
  tx.emit(actorUpdated, actor.id, {
    actorId: actor.id,
    kind: actor.kind,
    changed,
    ...(changed.includes('parentId') ? { parentId: actor.ownerId ?? null, previousParentId } : {}),
  });
  return actor;
}

/** Whether an organization may stand under another: a right over both, no circle, no more than five levels. */
async function checkParent(tx: Transaction, actor: Actor, parentId: string): Promise<void> {
  const path = ['input', 'parentId'];
  await lockTree(tx);
  const parent = tx.found(await tx.em.findOne(Actor, { id: parentId, kind: 'ORGANIZATION', closedAt: null }), path);
  tx.must('identity.actor.update', parent.id);
  const [tree] = await sqlIn<{ above: number; below: number; circle: boolean }>(
    tx.em,
    `with recursive up as (
      select id, owner_id, 1 as n from identity.actors where id = $1
      union all select a.id, a.owner_id, up.n + 1 from identity.actors a join up on a.id = up.owner_id
      where a.universe_id = $3 and up.n < 20
    ), down as (
      select id, 1 as n from identity.actors where id = $2
      union all select a.id, down.n + 1 from identity.actors a join down on a.owner_id = down.id
      where a.universe_id = $3 and a.kind = 'ORGANIZATION' and down.n < 20
    )
    select (select max(n) from up) as above, (select max(n) from down) as below,
      exists (select 1 from up where id = $2) as circle`,
    [parentId, actor.id, tx.universe],
  );
  if (!tree || tree.circle) throw new Invalid('An organization cannot stand under itself.', { path });
  if (tree.above + tree.below > levelsAtMost)
    throw new Invalid(`Organizations stand under one another in at most ${levelsAtMost} levels.`, { path });
}
