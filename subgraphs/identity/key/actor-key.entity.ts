import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** Valid keys per agent or service: one for each place where it runs, and two during rotation. */
export const keysAtMost = 50;

export const ActorKeySchema = defineEntity({
  name: 'ActorKey',
  tableName: 'actor_keys',
  properties: {
    ...standardColumns,
    actorId: p.text().name('actor_id'),
    name: p.text(),
    /** Who created the key. Null for keys from before this was recorded. */
    issuedBy: p.text().name('issued_by').nullable(),
    /** `tokenHash` of the key. */
    hash: p.text(),
    /** Permissions to which the key is limited; null is no limit. */
    scopes: p.array().nullable(),
    expiresAt: p.datetime(3).name('expires_at').nullable(),
    revokedAt: p.datetime(3).name('revoked_at').nullable(),
  },
});

/** A key with which an agent or a service signs in. Its text is shown once, on creation. */
export class ActorKey extends ActorKeySchema.class {
  isLive(now: Date): boolean {
    return !this.revokedAt && (!this.expiresAt || this.expiresAt > now);
  }
}
ActorKeySchema.setClass(ActorKey);
classify(ActorKeySchema, { secret: ['hash'] });

/** `isLive` as a condition. */
export const isLiveAt = (now: Date) => ({ revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] });
