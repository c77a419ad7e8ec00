import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderStore } from '../../platform/objects/folder-store.ts';
import type { ObjectStore } from '../../platform/objects/object-store.ts';
import type { Answer, Client } from './client.ts';
import { temporaryParent } from './config.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

export interface MediaWorld {
  world: World;
  objects: ObjectStore;
  /** Keys in the order of writing, so that a test can count writes. */
  written: string[];
  close(): Promise<void>;
}

/** A world whose OSes store objects, in a throwaway folder by default. */
export async function openMediaWorld(options: WorldOptions = {}): Promise<MediaWorld> {
  const folder = await mkdtemp(join(temporaryParent(), 'media-'));
  const objects = options.objects ?? new FolderStore(folder);
  const written: string[] = [];
  const put = objects.put.bind(objects);
  objects.put = (key, ...more) => {
    written.push(key);
    return put(key, ...more);
  };
  const world = await openWorld({ ...options, objects });
  return {
    world,
    objects,
    written,
    async close() {
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const begin = `mutation ($input: MediaUploadBeginInput!) {
  mediaUploadBegin(input: $input) { upload { id url state size received fileName expiresAt } }
}`;
export const complete = `mutation ($input: MediaUploadCompleteInput!) {
  mediaUploadComplete(input: $input) {
    media { id kind contentType fileName size width height durationMs sha256 url iiif createdAt createdBy { id } }
    asset { id media { id } image(width: 100) { url width height contentType placeholder } }
  }
}`;

/** Sends bytes from an offset, as any tus client does. */
export function patch(url: URL | string, offset: number, bytes: Uint8Array, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    },
    body: bytes as Uint8Array<ArrayBuffer>,
    ...(signal ? { signal } : {}),
  });
}

export async function beginUpload(
  world: World,
  client: Client,
  assetId: string,
  size: number,
  more: object = {},
): Promise<{ id: string; url: URL }> {
  const { mediaUploadBegin } = await client.ask(begin, { input: { assetId, fileName: 'front.jpg', size, ...more } });
  return { id: mediaUploadBegin.upload.id as string, url: new URL(mediaUploadBegin.upload.url as string, world.url) };
}

/** Begins, sends and completes an upload. Returns the payload of the completion. */
export async function attach(
  world: World,
  client: Client,
  assetId: string,
  bytes: Uint8Array,
  more: object = {},
): Promise<Answer> {
  const { id, url } = await beginUpload(world, client, assetId, bytes.length, more);
  const sent = await patch(url, 0, bytes);
  if (sent.status !== 204) throw new Error(`The upload answered ${sent.status} ${await sent.text()}`);
  return (await client.ask(complete, { input: { uploadId: id } })).mediaUploadComplete;
}

/** Creates a draft asset for one test. */
export async function draftOf(client: Client, ownerId: string): Promise<string> {
  const { assetCreate } = await client.ask(
    'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
    { input: { title: 'Draft', kind: 'ART', ownerId } },
  );
  return assetCreate.asset.id as string;
}
