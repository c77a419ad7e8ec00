import { LockMode } from '@mikro-orm/core';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { OutgoingFault, type OutgoingAnswer } from '../../../platform/outgoing/outgoing.ts';
import { HttpFault } from '../../../platform/http/failure.ts';
import type { Cause, Workplace } from '../../../platform/work/worker.ts';
import { Asset } from '../asset/asset.entity.ts';
import { AssetImport } from '../import/asset-import.entity.ts';
import { importBatch } from '../import/asset-import.service.ts';
import { largestUpload } from '../media/content.ts';
import { MediaUpload } from '../media/media.entity.ts';
import { bytesAtMost, mediaUploadComplete, newUpload, sentBy } from '../media/media.service.ts';
import { inspect, receiveWhole, uploadIn, wholeOf } from '../media/uploads.ts';
import { AssetFetch, attemptsAtMost, FetchRefused, type FetchFailure } from './asset-fetch.entity.ts';
import { letUploadsGo, tellProgress } from './asset-fetch.service.ts';
import { rejectedAtMost } from './asset-fetch.noun.ts';
import { batchesOf, type CatalogueBatch } from './catalogue.ts';

/** Maximum size of a catalogue in bytes: half a million works of about five hundred bytes each. */
const catalogueAtMost = 256 * 1_048_576;

/** A fetch taken by a worker. */
export interface Taken {
  id: string;
  universe_id: string;
  created_by: string;
  acting_for: string | null;
  correlation_id: string;
  /** Identifies the turn: a worker with another one has lost the fetch. */
  taken_by: string;
}

/** Another worker has taken the fetch, or it was cancelled: this turn must change nothing. */
export class FetchLost extends Error {}

/** The process is closing. */
class Leaving extends Error {}

/** One attempt of a fetch. A file that an earlier attempt has stored is not fetched again. */
export class FetchTurn {
  readonly taken: Taken;
  received = 0;
  readonly #place: Workplace;
  readonly #context: Context;
  readonly #cause: Cause;
  readonly #ending = new AbortController();

  constructor(place: Workplace, taken: Taken) {
    this.taken = taken;
    this.#place = place;
    this.#cause = { correlationId: taken.correlation_id, onBehalfOf: taken.created_by, actingFor: taken.acting_for };
    this.#context = place.context(taken.universe_id, this.#cause);
  }

  /** Aborts the attempt. */
  stop(reason: unknown): void {
    this.#ending.abort(reason);
  }

  /** Leaves the fetch to the next process. */
  leave(): void {
    this.stop(new Leaving());
  }

  async run(): Promise<void> {
    try {
      const fetch = await this.#begin();
      const upload = await this.#stored(fetch);
      if (fetch.kind === 'MEDIA') await this.#attach(upload.id);
      else await this.#takeIn(upload);
    } catch (error) {
      await this.#failed(this.#ending.signal.aborted ? this.#ending.signal.reason : error);
    }
  }

  /** A transaction that does nothing if the turn has lost the fetch. */
  #transaction<R>(label: string, work: (tx: Transaction, fetch: AssetFetch) => Promise<R>): Promise<R> {
    const { id, universe_id: universe, taken_by: takenBy } = this.taken;
    return this.#place.transaction(
      `assets.fetch.${label}`,
      universe,
      async (tx) => {
        const held = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
        const fetch = await tx.em.findOne(AssetFetch, { id, takenBy, status: 'RUNNING' }, held);
        if (!fetch) throw new FetchLost();
        return work(tx, fetch);
      },
      this.#cause,
    );
  }

  #begin(): Promise<AssetFetch> {
    return this.#transaction('begin', async (tx, fetch) => {
      // Processes that took it died before they could record the outcome; the attempts must end.
      if (fetch.attempts > attemptsAtMost)
        throw new FetchRefused('INTERRUPTED', 'In too many attempts the server was stopped.');
      await checkAsset(tx, fetch);
      tellProgress(tx, fetch);
      return fetch;
    });
  }

  /** Fetches the file into the object store, if it is not there yet. */
  async #stored(fetch: AssetFetch): Promise<MediaUpload> {
    const before = fetch.uploadId ? await uploadIn(this.#context, fetch.uploadId) : null;
    if (before && before.state !== 'OPEN') return before;
    const { sources } = this.#place;
    const { signal } = this.#ending;
    const located = sources.locate(fetch.url, fetch.ownerId);
    if (!located || located.kind === 'prefix')
      throw new FetchRefused('NOT_ALLOWED', 'This address is no longer one of the configured sources.');
    const most = fetch.kind === 'MEDIA' ? largestUpload : catalogueAtMost;
    const answer = await sources.open(located, fetch.ownerId, most, signal);
    let id: string;
    try {
      id = await this.#transaction('reserve', (tx, held) => reserve(tx, held, answer, most));
    } catch (error) {
      answer.cancel();
      throw error;
    }
    await receiveWhole(this.#context, id, this.#counted(answer.body));
    const stored = await uploadIn(this.#context, id);
    if (!stored) throw new FetchLost();
    return stored;
  }

  async *#counted(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of body) {
      this.#ending.signal.throwIfAborted();
      yield piece;
      this.received += piece.length;
    }
  }

  async #attach(uploadId: string): Promise<void> {
    await inspect(this.#context, uploadId);
    this.#ending.signal.throwIfAborted();
    await this.#transaction('attach', async (tx, fetch) => {
      await checkAsset(tx, fetch);
      const upload = await tx.em.findOne(MediaUpload, { id: uploadId });
      if (!upload || upload.state === 'REFUSED')
        throw new FetchRefused(
          'CONTENT_REFUSED',
          'The file is not of an accepted kind, is damaged, or is too large for its kind.',
        );
      const { media } = await mediaUploadComplete(tx, { uploadId });
      fetch.mediaId = media.id;
      fetch.received = upload.size;
      fetch.end('DONE', tx.now());
      tellProgress(tx, fetch);
    });
  }

  async #takeIn(upload: MediaUpload): Promise<void> {
    const whole = await wholeOf(this.#context, upload);
    const from = await this.#transaction('resume', async (_tx, { line, takenBytes }) =>
      Promise.resolve({ line, offset: takenBytes }),
    );
    if (from.offset < upload.size) {
      const found = await this.#context.objects.get(whole, { start: from.offset, end: upload.size - 1 });
      if (!found) throw new Error(`the object ${whole} is missing`);
      try {
        for await (const batch of batchesOf(found.body as AsyncIterable<Buffer>, from)) {
          this.#ending.signal.throwIfAborted();
          await this.#transaction('takeIn', (tx, fetch) => takeIn(tx, fetch, batch));
        }
      } finally {
        found.body.destroy();
      }
    }
    await this.#transaction('takenIn', async (tx, fetch) => {
      const run = fetch.importId ? await tx.em.findOne(AssetImport, { id: fetch.importId }) : null;
      if (run) run.total = fetch.line;
      fetch.received = upload.size;
      fetch.end('DONE', tx.now());
      await letUploadsGo(tx, [fetch]);
      tellProgress(tx, fetch);
    });
  }

  /** Records the failure of an attempt. */
  async #failed(error: unknown): Promise<void> {
    if (error instanceof FetchLost) return;
    const { id, taken_by: takenBy } = this.taken;
    if (error instanceof Leaving) {
      // This does not count as an attempt and emits no fact: another process continues in a moment.
      await this.#place.database.query(
        `update assets.asset_fetches set status = 'QUEUED', attempts = attempts - 1, taken_by = null, taken_until = null
         where id = $1 and taken_by = $2 and status = 'RUNNING'`,
        [id, takenBy],
      );
      return;
    }
    const failure = failureOf(error);
    // The exact cause is only for operators, because it may reveal internal networks.
    if (failure.fault === 'UNREACHABLE' || failure.fault === 'INTERRUPTED')
      this.#place.log.warn({ err: error, fetchId: id }, 'a file could not be fetched');
    await this.#transaction('failed', async (tx, fetch) => {
      fetch.received = Math.max(fetch.received, this.received);
      fetch.failed(failure, tx.now());
      const upload = fetch.uploadId ? await tx.em.findOne(MediaUpload, { id: fetch.uploadId }) : null;
      if (fetch.status === 'FAILED' || upload?.state === 'OPEN') await letUploadsGo(tx, [fetch]);
      tellProgress(tx, fetch);
    }).catch((lost: unknown) => {
      if (!(lost instanceof FetchLost)) throw lost;
    });
  }
}

/** Throws unless the asset still has the owner of the request and is not archived. */
async function checkAsset(tx: Transaction, { assetId, ownerId }: AssetFetch): Promise<void> {
  if (!assetId) return;
  const asset = await tx.em.findOne(Asset, { id: assetId });
  if (asset?.ownerId !== ownerId) throw new FetchRefused('ASSET_TRANSFERRED', 'The asset has another owner now.');
  if (asset.status === 'ARCHIVED') throw new FetchRefused('ASSET_ARCHIVED', 'The asset was archived.');
}

/** Reserves quota of the account: the announced size, or the maximum if none was announced. */
async function reserve(
  tx: Transaction,
  fetch: AssetFetch,
  { announced, url }: OutgoingAnswer,
  most: number,
): Promise<string> {
  await letUploadsGo(tx, [fetch]);
  // The source may have another file now, so the import starts again. Lines that are already imported change nothing.
  Object.assign(fetch, { line: 0, takenBytes: 0 });
  const { bytes } = await sentBy(tx);
  const room = bytesAtMost - bytes;
  if (room <= 0 || (announced ?? 0) > room) throw new FetchRefused('OVER_QUOTA', overQuota);
  const upload = newUpload(tx, {
    assetId: fetch.assetId ?? fetch.id,
    fileName: nameIn(url),
    size: announced ?? Math.min(most, room),
  });
  fetch.uploadId = upload.id;
  return upload.id;
}

const overQuota = `An account may have at most ${bytesAtMost} bytes of media, including uploads under way.`;

/** The last segment of a path, as a displayed name. */
function nameIn(url: URL): string {
  const last = url.pathname.split('/').filter(Boolean).at(-1) ?? 'file';
  try {
    return decodeURIComponent(last).slice(0, 255);
  } catch {
    return last.slice(0, 255);
  }
}

async function takeIn(tx: Transaction, fetch: AssetFetch, batch: CatalogueBatch): Promise<void> {
  if (batch.lines.length > 0 && fetch.catalogue) {
    const given = { ...fetch.catalogue, ownerId: fetch.ownerId };
    const { import: run, rejected } = await importBatch(tx, given, batch.lines);
    fetch.importId = run.id;
    fetch.rejected = [...fetch.rejected, ...rejected].slice(0, rejectedAtMost);
  }
  fetch.line = batch.line;
  fetch.takenBytes = batch.end;
  fetch.updatedAt = tx.now();
}

/** The recorded form of a failure. One that neither the source nor the file caused is our own, and retried. */
function failureOf(error: unknown): FetchFailure {
  if (error instanceof FetchRefused)
    return { fault: error.fault, reason: error.message, retryable: false, retryAfter: null };
  if (error instanceof OutgoingFault)
    return { fault: error.code, reason: error.message, retryable: error.retryable, retryAfter: error.retryAfter };
  if (error instanceof HttpFault && error.status === 413)
    return { fault: 'OVER_QUOTA', reason: overQuota, retryable: false, retryAfter: null };
  // The only conflict of attaching a file: the asset has too many media.
  if (error instanceof Conflict)
    return { fault: 'ASSET_FULL', reason: error.message, retryable: false, retryAfter: null };
  return {
    fault: 'INTERRUPTED',
    reason: 'The server failed.',
    retryable: true,
    retryAfter: null,
  };
}
