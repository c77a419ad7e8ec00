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

/** Bytes of a catalogue at most: half a million works of some five hundred bytes each. */
const catalogueAtMost = 256 * 1_048_576;

/** A fetch as a worker took it. */
export interface Taken {
  id: string;
  universe_id: string;
  created_by: string;
  acting_for: string | null;
  correlation_id: string;
  /** Identifies the turn: a worker with another one has lost the fetch. */
  taken_by: string;
}

/** Somebody else has the fetch by now, or it was cancelled: nothing of this turn counts any more. */
export class FetchLost extends Error {}

/** The process is about to go. */
class Leaving extends Error {}

/** One attempt of a fetch. What a turn before it has stored is not fetched again. */
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

  /** Ends what is under way. */
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

  /** A transaction that does nothing where the turn is lost. */
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
      // Who took it before could not even note what became of it; it must not go on for ever.
      if (fetch.attempts > attemptsAtMost)
        throw new FetchRefused('INTERRUPTED', 'Too many attempts ended with the server that made them.');
      await checkAsset(tx, fetch);
      tellProgress(tx, fetch);
      return fetch;
    });
  }

  /** The file in our own store. */
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
          'What came is none of the accepted kinds of files, is damaged, or is too large for its kind.',
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
      if (!found) throw new Error(`The object ${whole} is gone.`);
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

  /** Notes why an attempt came to nothing; null is nothing to note. */
  async #failed(error: unknown): Promise<void> {
    if (error instanceof FetchLost) return;
    const { id, taken_by: takenBy } = this.taken;
    if (error instanceof Leaving) {
      // It was no attempt, and no fact: the next process goes on in a moment.
      await this.#place.database.query(
        `update assets.asset_fetches set status = 'QUEUED', attempts = attempts - 1, taken_by = null, taken_until = null
         where id = $1 and taken_by = $2 and status = 'RUNNING'`,
        [id, takenBy],
      );
      return;
    }
    const failure = failureOf(error);
    // Why exactly is for the operator: it may tell of networks that nobody else should know.
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

/** What is to become a medium of an asset needs that asset, with the owner who asked for it. */
async function checkAsset(tx: Transaction, { assetId, ownerId }: AssetFetch): Promise<void> {
  if (!assetId) return;
  const asset = await tx.em.findOne(Asset, { id: assetId });
  if (asset?.ownerId !== ownerId) throw new FetchRefused('ASSET_TRANSFERRED', 'The asset has gone to another owner.');
  if (asset.status === 'ARCHIVED') throw new FetchRefused('ASSET_ARCHIVED', 'The asset was archived.');
}

/** Room for what comes, which counts for the account from now on: what was announced, or all that may come. */
async function reserve(
  tx: Transaction,
  fetch: AssetFetch,
  { announced, url }: OutgoingAnswer,
  most: number,
): Promise<string> {
  await letUploadsGo(tx, [fetch]);
  // What comes may be another file by now. Lines that are known already change nothing.
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

const overQuota = `An account may have ${bytesAtMost} bytes of media, uploads under way with them.`;

/** The last word of a path, for people. */
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

/** What is noted of a failure. What is no fault of the source or the file is our own, and tried again. */
function failureOf(error: unknown): FetchFailure {
  if (error instanceof FetchRefused)
    return { fault: error.fault, reason: error.message, retryable: false, retryAfter: null };
  if (error instanceof OutgoingFault)
    return { fault: error.code, reason: error.message, retryable: error.retryable, retryAfter: error.retryAfter };
  if (error instanceof HttpFault && error.status === 413)
    return { fault: 'OVER_QUOTA', reason: overQuota, retryable: false, retryAfter: null };
  // The one conflict of putting a file to its asset.
  if (error instanceof Conflict)
    return { fault: 'ASSET_FULL', reason: error.message, retryable: false, retryAfter: null };
  return {
    fault: 'INTERRUPTED',
    reason: 'The server could not do it now, on its own account.',
    retryable: true,
    retryAfter: null,
  };
}
