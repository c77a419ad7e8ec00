import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { lockActorsWhere } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import { actorUpdated } from '../events.ts';
import { UploadedImage } from './uploaded-image.entity.ts';

/** Actors that use one medium as their avatar: its uploader may have set it for each actor that they own. */
const shownAtMost = 1000;

/** Throws NOT_FOUND unless the medium may be the actor's avatar: a picture uploaded by the caller or by the actor itself. */
export async function avatarCheck(tx: Transaction, actor: Actor, mediaId: string): Promise<void> {
  // A shared lock: others may set the same picture, but it cannot be deleted meanwhile, so no avatar refers to a deleted medium.
  const image = await tx.em.findOne(
    UploadedImage,
    { id: mediaId, uploadedBy: { $in: [tx.actorId, actor.id] } },
    { lockMode: LockMode.PESSIMISTIC_READ },
  );
  tx.found(image, ['input', 'avatarMediaId']);
}

/** Records an uploaded picture, which may become an avatar. */
export async function imageUploaded(tx: Transaction, mediaId: string, uploadedBy: string): Promise<void> {
  const times = { createdAt: tx.now(), updatedAt: tx.now() };
  await tx.em.upsert(UploadedImage, { id: mediaId, universeId: tx.universe, ...times, uploadedBy });
}

/** Forgets a deleted medium, and clears the avatars that showed it. */
export async function imageGone(tx: Transaction, mediaId: string): Promise<void> {
  const isShown = `a.id in (select s.id from identity.actors s where s.avatar_media_id = $2 order by s.id limit ${shownAtMost})`;
  // Locked before the medium and again after it, because it may have become another avatar meanwhile.
  await lockActorsWhere(tx, isShown, [mediaId]);
  await tx.em.nativeDelete(UploadedImage, { id: mediaId });
  const ids = await lockActorsWhere(tx, isShown, [mediaId]);
  for (const actor of await tx.em.find(
    Actor,
    { id: { $in: ids }, avatarMediaId: mediaId },
    { orderBy: { id: 'asc' } },
  )) {
    Object.assign(actor, { avatarMediaId: null, version: actor.version + 1, updatedAt: tx.now() });
    tx.emit(actorUpdated, actor.id, { actorId: actor.id, kind: actor.kind, changed: ['avatarMediaId'] });
  }
}
