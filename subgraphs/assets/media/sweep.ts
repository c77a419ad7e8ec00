import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { contentKey, type ObjectStore } from '../../../platform/objects/object-store.ts';
import { derivativesIn } from './derivatives.ts';
import { discard } from './uploads.ts';

/** Rows per sweep; the sweep of the next hour continues. */
const atOnce = 500;
/** How long a detached medium is kept, in milliseconds: time to notice a mistake and ask an operator. */
const keepDetached = 7 * 24 * 3_600_000;
/** How long an unreferenced object is kept, in milliseconds: it may be about to become a medium. */
const tooYoung = 3_600_000;

/** Stores whose derivatives this process has counted, which happens once after the start. */
const counted = new WeakSet<ObjectStore>();

/** Deletes expired uploads and media detached long ago, with the objects that are no longer referenced. */
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

/** Deletes the objects of contents that no row in any universe refers to. */
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
    // Checked last, because the same content may have been uploaded again while its derivatives were deleted.
    const head = await context.objects.head(contentKey(sha256));
    if (head && head.modifiedAt.getTime() > context.now().getTime() - tooYoung) continue;
    await context.objects.delete(contentKey(sha256));
  }
}
