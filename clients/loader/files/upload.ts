import { createReadStream } from 'node:fs';
import { DetailedError, Upload } from 'tus-js-client';
import type { GraphClient } from '../graph/client.ts';
import { ConnectionLost, GraphError } from '../graph/errors.ts';
import type { LookedFile } from './items.ts';
import { lastOf } from './path.ts';

export const mediaUploadBegin = /* GraphQL */ `
  mutation LoaderUploadBegin($input: MediaUploadBeginInput!) {
    mediaUploadBegin(input: $input) {
      upload {
        id
        url
      }
    }
  }
`;
export const mediaUploadComplete = /* GraphQL */ `
  mutation LoaderUploadComplete($input: MediaUploadCompleteInput!) {
    mediaUploadComplete(input: $input) {
      media {
        id
      }
    }
  }
`;

/** Bytes of a request: after a lost connection at most this many are sent twice. */
const chunkBytes = 8 * 1_048_576;

/** Milliseconds before each retry after a lost connection; the offset is queried first. */
const retryDelays = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

/** Characters of a file name, the graph's limit. */
const nameAtMost = 255;

/** Uploads a file to its asset. Throws `GraphError` if the graph refuses it, `ConnectionLost` if it cannot be reached. */
export async function upload(
  graph: GraphClient,
  url: string,
  assetId: string,
  file: LookedFile,
  signal: AbortSignal,
): Promise<void> {
  const { path, size, sha256 } = file;
  const input = { assetId, fileName: lastOf(path).slice(-nameAtMost), size, sha256 };
  // A repeated call leaves an unused upload, which expires within a day.
  const { mediaUploadBegin: begun } = await graph.send<{ mediaUploadBegin: { upload: { id: string; url: string } } }>(
    mediaUploadBegin,
    { input },
  );
  await send(new URL(begun.upload.url, url).href, file, signal);
  await graph.send(mediaUploadComplete, { input: { uploadId: begun.upload.id } });
}

function send(uploadUrl: string, { file, size }: LookedFile, signal: AbortSignal): Promise<void> {
  const interrupted = (): ConnectionLost => new ConnectionLost('The upload was interrupted.');
  if (signal.aborted) return Promise.reject(interrupted());
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      void sending.abort();
      settle(() => reject(interrupted()));
    };
    // All uploads of a run share the signal, so each removes its listener.
    const settle = (then: () => void): void => {
      signal.removeEventListener('abort', leave);
      then();
    };
    const sending = new Upload(createReadStream(file), {
      uploadUrl,
      uploadSize: size,
      chunkSize: chunkBytes,
      retryDelays,
      onShouldRetry: (error) => mayBeOver(statusOf(error)),
      storeFingerprintForResuming: false,
      onSuccess: () => settle(resolve),
      onError: (error) => settle(() => reject(refusalOf(error))),
    });
    signal.addEventListener('abort', leave, { once: true });
    sending.start();
  });
}

/** The HTTP status; 0 if there was no answer. */
function statusOf(error: Error): number {
  return error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0;
}

/** Whether a retry may succeed; the client would treat 429 as final otherwise. */
function mayBeOver(status: number): boolean {
  return status < 400 || status >= 500 || [409, 423, 429].includes(status);
}

/** A client error belongs to the file; other errors may pass. */
function refusalOf(error: Error): Error {
  if (mayBeOver(statusOf(error))) return new ConnectionLost(error.message);
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : '';
  return new GraphError(body || error.message, {
    code: 'INVALID',
    retryable: false,
    retryAfter: null,
    limit: null,
    requestId: null,
    incidentId: null,
  });
}
