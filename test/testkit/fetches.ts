import type { Answer, Client } from './client.ts';
import { openMediaWorld, type MediaWorld } from './media.ts';
import { sourceUrl, startS3, type S3Server } from './s3.ts';
import { openWeb, type Web } from './web.ts';
import type { WorldOptions } from './world.ts';

/** A world with an external server and an external bucket, from which files may be fetched. */
export interface FetchWorld extends MediaWorld {
  web: Web;
  s3: S3Server;
}

export async function openFetchWorld(options: WorldOptions = {}): Promise<FetchWorld> {
  const web = await openWeb();
  const s3 = await startS3();
  // The same machine by another name is not an internal source: its addresses have to be public, and are not.
  const sources = [`${web.url}?internal`, `http://localhost:${web.port}`, sourceUrl(s3, 'open/')];
  const media = await openMediaWorld({ ...options, env: { SOURCE_URLS: sources.join(','), ...options.env } });
  return {
    ...media,
    web,
    s3,
    async close() {
      await media.close();
      await web[Symbol.asyncDispose]();
      await s3.close();
    },
  };
}

export const assetFetchAttach = `mutation ($input: AssetFetchAttachInput!) {
  assetFetchAttach(input: $input) { fetches { id status url liveCursor } }
}`;
export const importFetch = `mutation ($input: AssetFetchImportInput!) {
  assetFetchImport(input: $input) { fetch { id status liveCursor } }
}`;
export const cancelFetch = `mutation ($input: AssetFetchCancelInput!) {
  assetFetchCancel(input: $input) { fetch { id status } }
}`;
const fetchQuery = `query ($id: ID!) {
  assetFetch(id: $id) {
    id kind status url received attempts nextAttemptAt line fault reason
    owner { id } createdBy { id } asset { id } media { id sha256 fileName kind createdBy { id } }
    import { id total lastLine created updated unchanged rejected }
    rejected { line field code message }
  }
}`;
export const progressed = `subscription ($filter: AssetFetchProgressedFilter, $after: String) {
  assetFetchProgressed(filter: $filter, after: $after) {
    cursor sequence occurredAt status attempts received fault fetch { id status media { id } }
  }
}`;

/** Requests one medium and returns the id of the fetch. */
export async function askMedia(client: Client, assetId: string, url: string): Promise<string> {
  const { assetFetchAttach: asked } = await client.ask(assetFetchAttach, { input: { assetId, url } });
  return asked.fetches[0].id as string;
}

export async function fetchOf(client: Client, id: string): Promise<Answer> {
  return (await client.ask(fetchQuery, { id })).assetFetch;
}
