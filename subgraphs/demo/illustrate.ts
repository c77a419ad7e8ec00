import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPrivateFile, writePrivateFile } from '../../platform/config/private-file.ts';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import { Caller, CallRefused } from '../../platform/house/caller.ts';
import type { House } from '../../platform/house/house.ts';
import { consignment } from './consignments.ts';
import { demoFile, stateShape } from './demo.ts';
import { drawingOf, type Subject } from './drawing.ts';
import { floorConsignments } from './floor-sellers.ts';
import { pastSales } from './sales.ts';
import { allWorks } from './works.ts';

/** Milliseconds of rest between two works of past sales: there are many, and they are rarely looked at first. */
const restBetweenSold = 1000;

/**
 * Gives the works of the demonstration generated pictures, uploaded like any client does: announced, sent to the gateway at `url`,
 * completed. Runs in the background after the start, one work after another; the next start continues where this one ends. Works
 * that have other media by then are left alone.
 */
export async function illustrateDemo(house: House, dataDir: string, url: string, signal: AbortSignal): Promise<void> {
  const path = join(dataDir, demoFile);
  const state = readPrivateFile(path, stateShape);
  if (!state?.completedAt || state.logId !== house.hub.logId || state.illustratedAt !== null) return;
  const caller = new Caller(house.services);
  const imported = await house.database.query<{ title: string; asset_id: string; actor: string }>(
    `select payload->>'title' as title, payload->>'assetId' as asset_id, actor from facts.log
     where type = 'assets.asset.imported' and payload @> '{"change": "CREATED"}' order by seq`,
    [],
  );
  const byTitle = new Map(imported.map((row) => [row.title, row]));
  const sold = state.sales ? pastSales(new Date(state.sales.until)).map(({ work }) => consignment(work)) : [];
  const first = [...floorConsignments(), ...allWorks()];
  for (const [n, work] of [...first, ...sold].entries()) {
    if (n > first.length) await sleep(restBetweenSold, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    const found = byTitle.get(work.title);
    if (found)
      await illustrate(caller, await caller.actor(found.actor), found.asset_id, work, url).catch((error: unknown) => {
        // The importing owner has sold it since.
        if (!(error instanceof CallRefused && error.code === 'FORBIDDEN')) throw error;
      });
  }
  writePrivateFile(path, { ...state, illustratedAt: new Date().toISOString() });
}

async function illustrate(
  caller: Caller,
  actor: ActorSnapshot,
  assetId: string,
  work: Subject,
  url: string,
): Promise<void> {
  const { asset } = await caller.ask<{ asset: { media: { id: string }[] } | null }>(
    'assets',
    actor,
    'query Asset($id: ID!) { asset(id: $id) { media { id } } }',
    { id: assetId },
  );
  if (asset === null || asset.media.length > 0) return;
  const bytes = await draw(work);
  const { mediaUploadBegin } = await caller.ask<{ mediaUploadBegin: { upload: { id: string; url: string } } }>(
    'assets',
    actor,
    'mutation Begin($input: MediaUploadBeginInput!) { mediaUploadBegin(input: $input) { upload { id url } } }',
    {
      input: {
        assetId,
        fileName: `${work.sourceId}.jpg`,
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      },
    },
  );
  const { upload } = mediaUploadBegin;
  const sent = await fetch(new URL(upload.url, url), {
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    },
    body: bytes as Buffer<ArrayBuffer>,
  });
  if (!sent.ok)
    throw new Error(`Uploading the picture of "${work.title}" was answered with ${sent.status}: ${await sent.text()}`);
  await caller.ask(
    'assets',
    actor,
    'mutation Complete($input: MediaUploadCompleteInput!) { mediaUploadComplete(input: $input) { media { id } } }',
    { input: { uploadId: upload.id } },
  );
}

/** Draws the picture of a work: a JPEG of about 50 kB, in about 25 ms of one core. */
async function draw(work: Subject): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(drawingOf(work)))
    .jpeg({ quality: 84 })
    .toBuffer();
}
