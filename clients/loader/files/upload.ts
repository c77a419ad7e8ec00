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

/** Bytes of a request: after a lost connection at most so many are sent twice. */
const chunkBytes = 8 * 1_048_576;

/** Milliseconds before each further try after a lost connection; the offset is asked for first. */
const retryDelays = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

/** Characters of a file's name in the graph. */
const nameAtMost = 255;

/** Sends a file to its asset. Throws `GraphError` where the graph refuses it, `ConnectionLost` where it cannot be reached. */
export async function upload(
  graph: GraphClient,
  url: string,
  assetId: string,
  file: LookedFile,
  signal: AbortSignal,
): Promise<void> {
  const { path, size, sha256 } = file;
  const input = { assetId, fileName: lastOf(path).slice(-nameAtMost), size, sha256 };
  // A repeated call leaves an upload behind that ends by itself within a day.
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
    // One signal is for all uploads of a run: none of them stays with it.
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

/** 0 when there was no answer. */
function statusOf(error: Error): number {
  return error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0;
}

/** Whether the same request may go well later: the client takes 429 for final if it is not told. */
function mayBeOver(status: number): boolean {
  return status < 400 || status >= 500 || [409, 423, 429].includes(status);
}

/** A client's fault belongs to the file; anything else may be over the next time. */
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
