import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { lockActorsWhere } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import { actorUpdated } from '../events.ts';
import { UploadedImage } from './uploaded-image.entity.ts';

/** Actors that one medium shows; whoever uploaded it may have given it to each of their own. */
const shownAtMost = 1000;

/** Whether a medium may be an avatar: a picture that whoever asks, or the actor itself, has uploaded. NOT_FOUND for any other. */
export async function avatarCheck(tx: Transaction, actor: Actor, mediaId: string): Promise<void> {
  // Shared with others who set it, and not with its end: an avatar is never left behind by its medium.
  const image = await tx.em.findOne(
    UploadedImage,
    { id: mediaId, uploadedBy: { $in: [tx.actorId, actor.id] } },
    { lockMode: LockMode.PESSIMISTIC_READ },
  );
  tx.found(image, ['input', 'avatarMediaId']);
}

/** A picture was uploaded by somebody. */
export async function imageUploaded(tx: Transaction, mediaId: string, uploadedBy: string): Promise<void> {
  const times = { createdAt: tx.now(), updatedAt: tx.now() };
  await tx.em.upsert(UploadedImage, { id: mediaId, universeId: tx.universe, ...times, uploadedBy });
}

/** A medium is gone, and with it the avatars that showed it. */
export async function imageGone(tx: Transaction, mediaId: string): Promise<void> {
  const isShown = `a.id in (select s.id from identity.actors s where s.avatar_media_id = $2 order by s.id limit ${shownAtMost})`;
  // Before the medium, and once more behind it: somebody may have set it as their avatar meanwhile.
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
