import type { Owner } from '../owner.ts';
import type { GraphClient } from '../graph/client.ts';
import { ConnectionLost, GraphError } from '../graph/errors.ts';
import { assetImport } from '../works/import.ts';
import type { Findings, PathFault } from './found.ts';
import type { Item } from './items.ts';
import { upload } from './upload.ts';

/** The existing assets, by source ids, with the digests of their media. */
export const loadedQuery = /* GraphQL */ `
  query LoaderLoaded($owner: ID!, $source: String!, $after: String) {
    assets(filter: { ownerId: { eq: $owner }, source: { eq: $source } }, first: 20, after: $after) {
      nodes {
        id
        sourceId
        media {
          sha256
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

/** Assets of one call: few enough for frequent progress and a short transaction. */
const batchItems = 200;

/** Uploads at once: an account may send twelve, and its other programs need some. */
const uploadsAtOnce = 3;

export interface FilesOptions {
  url: string;
  owner: Owner;
  source: string;
  run: string;
  publish: boolean;
  signal: AbortSignal;
  progressed: (summary: FilesSummary) => void;
}

export interface FilesSummary {
  files: number;
  /** Assets created, changed or found unchanged. */
  created: number;
  updated: number;
  unchanged: number;
  uploaded: number;
  /** Files that their assets already have. */
  present: number;
  finished: boolean;
}

interface ImportAnswer {
  assetImport: {
    created: number;
    updated: number;
    unchanged: number;
    rejected: { line: number; code: string; message: string }[];
  };
}

interface LoadedAnswer {
  assets: {
    nodes: { id: string; sourceId: string | null; media: { sha256: string }[] }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

interface Loaded {
  id: string;
  digests: Set<string>;
}

/**
 * Creates the assets and uploads their missing files. Everything is idempotent: assets are identified by their source ids and files by
 * their digests. Throws errors that affect all of them; an error of one file becomes its fault.
 */
export async function loadItems(
  graph: GraphClient,
  items: readonly Item[],
  findings: Findings,
  options: FilesOptions,
  summary: FilesSummary,
): Promise<void> {
  const rejected = await makeAssets(graph, items, findings, options, summary);
  const loaded = await findLoaded(graph, options);
  const waiting = items.filter(({ sourceId }) => !rejected.has(sourceId)).values();
  // An error that affects all of them stops all of them.
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const worker = async (): Promise<void> => {
    try {
      for (const item of waiting) {
        if (signal.aborted) return;
        await sendFiles(graph, item, loaded.get(item.sourceId), findings, { ...options, signal }, summary);
      }
    } catch (error) {
      stop.abort();
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: uploadsAtOnce }, worker));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
  summary.finished = !options.signal.aborted;
}

async function makeAssets(
  graph: GraphClient,
  items: readonly Item[],
  findings: Findings,
  { owner, source, run, publish, signal }: FilesOptions,
  summary: FilesSummary,
): Promise<Set<string>> {
  const rejected = new Set<string>();
  for (let at = 0; at < items.length && !signal.aborted; at += batchItems) {
    const lines = items.slice(at, at + batchItems).map(({ line }, n) => ({ ...line, line: at + n + 1 }));
    const input = { source, run, ownerId: owner.id, total: items.length, publish, lines };
    const { assetImport: answer } = await graph.send<ImportAnswer>(assetImport, { input });
    summary.created += answer.created;
    summary.updated += answer.updated;
    summary.unchanged += answer.unchanged;
    for (const { line, code, message } of answer.rejected) {
      const item = items[line - 1];
      if (!item) continue;
      rejected.add(item.sourceId);
      for (const { path } of item.files) findings.fault(path, code, message);
    }
  }
  return rejected;
}

async function findLoaded(graph: GraphClient, { owner, source, signal }: FilesOptions): Promise<Map<string, Loaded>> {
  const loaded = new Map<string, Loaded>();
  let after: string | null = null;
  do {
    const { assets }: LoadedAnswer = await graph.send(loadedQuery, { owner: owner.id, source, after });
    for (const { id, sourceId, media } of assets.nodes)
      if (sourceId !== null) loaded.set(sourceId, { id, digests: new Set(media.map(({ sha256 }) => sha256)) });
    after = assets.pageInfo.hasNextPage ? assets.pageInfo.endCursor : null;
  } while (after !== null && !signal.aborted);
  return loaded;
}

/** Sequentially, so that the media of an asset are in the order of their paths. */
async function sendFiles(
  graph: GraphClient,
  { files }: Item,
  loaded: Loaded | undefined,
  findings: Findings,
  { url, signal, progressed }: FilesOptions,
  summary: FilesSummary,
): Promise<void> {
  for (const file of files) {
    if (signal.aborted) return;
    if (!loaded) findings.fault(file.path, 'not_found', 'Its asset is not visible to the loading user.');
    else if (loaded.digests.has(file.sha256)) summary.present += 1;
    else {
      try {
        await upload(graph, url, loaded.id, file, signal);
        summary.uploaded += 1;
      } catch (error) {
        const fault = faultOf(file.path, error);
        if (signal.aborted) return;
        if (!fault) throw error;
        findings.fault(file.path, fault.code, fault.message);
      }
    }
    summary.files += 1;
    progressed(summary);
  }
}

/** The fault of an error that affects this file alone. A lost connection or session affects all. */
function faultOf(path: string, error: unknown): PathFault | null {
  if (!(error instanceof GraphError) || error instanceof ConnectionLost) return null;
  const { code } = error.details;
  if (!['INVALID', 'CONFLICT', 'NOT_FOUND', 'FORBIDDEN'].includes(code)) return null;
  return { path, code: code.toLowerCase(), message: error.message };
}
