import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { contentKey, type ObjectStore } from '../../../platform/objects/object-store.ts';
import { derivativesIn } from './derivatives.ts';
import { discard } from './uploads.ts';

/** Rows of one sweep at most; the next hour goes on. */
const atOnce = 500;
/** Milliseconds for which a medium that was taken off its asset is kept: time to notice a mistake and ask an operator. */
const keepDetached = 7 * 24 * 3_600_000;
/** Milliseconds for which an object is kept even if nothing refers to it: it may be about to become a medium. */
const tooYoung = 3_600_000;

/** Stores whose derivatives were all counted by this process; it happens at the start, not every hour. */
const counted = new WeakSet<ObjectStore>();

/** Forgets uploads past their end and media that were taken off long ago, with the objects that nothing refers to any more. */
export async function sweepMedia(context: Context): Promise<void> {
  const now = context.now();
  const uploads = await sqlIn<{
    id: string;
    attempt: string | null;
    sha256: string | null;
  }>(
    context.em,
    `select id, attempt, sha256 from assets.media_uploads where expires_at <= $1
     order by expires_at limit ${atOnce}`,
    [now],
  );
  if (uploads.length > 0) {
    for (const upload of uploads) await discard(context, upload);
    await sqlIn(context.em, 'delete from assets.media_uploads where id = any($1)', [uploads.map(({ id }) => id)]);
  }
  const media = await sqlIn<{ sha256: string }>(
    context.em,
    `delete from assets.media where id in (select id from assets.media where detached_at < $1 limit ${atOnce}) returning sha256`,
    [new Date(now.getTime() - keepDetached)],
  );
  await forget(context, [...uploads, ...media]);
  if (context.keepsObjects && !counted.has(context.objects)) {
    await derivativesIn(context.objects).shelf.countStrays(context);
    counted.add(context.objects);
  }
}

/** Deletes the objects of contents to which no row refers, in whatever universe. */
async function forget(context: Context, rows: readonly { sha256: string | null }[]): Promise<void> {
  const contents = [...new Set(rows.flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256])))];
  if (contents.length === 0) return;
  const unused = await sqlIn<{ sha256: string }>(
    context.em,
    `select sha256 from unnest($1::text[]) as given(sha256)
     where not exists (select from assets.media m where m.sha256 = given.sha256)
       and not exists (select from assets.media_uploads u where u.sha256 = given.sha256)`,
    [contents],
  );
  for (const { sha256 } of unused) {
    await derivativesIn(context.objects).shelf.forget(context, sha256);
    // Looked at last: the same content may have come again while its derivatives were taken away.
    const head = await context.objects.head(contentKey(sha256));
    if (head && head.modifiedAt.getTime() > context.now().getTime() - tooYoung) continue;
    await context.objects.delete(contentKey(sha256));
  }
}
