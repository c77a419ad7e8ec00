import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Findings } from '../../../clients/loader/files/found.ts';
import type { Item, LookedFile } from '../../../clients/loader/files/items.ts';
import { loadItems, type FilesOptions } from '../../../clients/loader/files/load.ts';
import { upload } from '../../../clients/loader/files/upload.ts';
import type { GraphClient } from '../../../clients/loader/graph/client.ts';
import { ConnectionLost } from '../../../clients/loader/graph/errors.ts';

const file: LookedFile = { path: 'a.png', file: '/nonexistent', size: 4, sha256: 'x', kind: 'ART' };

test('an upload interrupted before its first byte is not started, and leaves no listener on the signal', async () => {
  const leaving = new AbortController();
  const graph = {
    send: () => {
      leaving.abort();
      return Promise.resolve({ mediaUploadBegin: { upload: { id: 'mup_x', url: '/uploads/x' } } });
    },
  } as unknown as GraphClient;
  await expect(upload(graph, 'http://127.0.0.1:9/graphql', 'ast_x', file, leaving.signal)).rejects.toThrow(
    'The upload was interrupted.',
  );
  expect(getEventListeners(leaving.signal, 'abort')).toEqual([]);
});

test('an error that concerns all files ends all uploads, and none is started after it', async () => {
  const items = Array.from({ length: 30 }, (_, n): Item => ({
    sourceId: `${n}`,
    line: { sourceId: `${n}`, title: `${n}`, kind: 'ART' },
    files: [{ ...file, path: `${n}` }],
  }));
  let begun = 0;
  const graph = {
    send: async (query: string) => {
      if (query.includes('LoaderUploadBegin')) {
        begun += 1;
        await setImmediate();
        throw begun <= 3 ? new ConnectionLost('gone') : new Error('begun in vain');
      }
      if (query.includes('LoaderLoaded')) {
        const nodes = items.map(({ sourceId }) => ({ id: `ast_${sourceId}`, sourceId, media: [] }));
        return { assets: { nodes, pageInfo: { hasNextPage: false, endCursor: null } } };
      }
      return { assetImport: { created: 30, updated: 0, unchanged: 0, rejected: [] } };
    },
  } as unknown as GraphClient;
  const options = {
    url: 'http://127.0.0.1:9/graphql',
    owner: { id: 'usr_x', displayName: 'X' },
    source: 's',
    run: 'r',
    publish: false,
    signal: new AbortController().signal,
    progressed: () => undefined,
  } satisfies FilesOptions;
  const summary = { files: 0, created: 0, updated: 0, unchanged: 0, uploaded: 0, present: 0, finished: false };
  await expect(loadItems(graph, items, new Findings(), options, summary)).rejects.toThrow('gone');
  for (let n = 0; n < 50; n++) await setImmediate();
  expect(begun).toBe(3);
  expect(summary.finished).toBe(false);
});
