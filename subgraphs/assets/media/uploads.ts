import { randomUUID } from 'node:crypto';
import type { Context } from '../../../platform/context/context.ts';
import { networkOf } from '../../../platform/context/network.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { bytesOf, contentKey } from '../../../platform/objects/object-store.ts';
import { HttpFault } from '../../../platform/http/failure.ts';
import { ContentRefused, contentOf } from './content.ts';
import { MediaUpload } from './media.entity.ts';
import { Writers } from '../../../platform/objects/writers.ts';

/** Bytes per part: held in memory for each upload under way; 1 GiB has 128 parts (S3 allows 10,000). */
const partSize = 8 * 1_048_576;
/** Milliseconds after which a silent writer is presumed dead. Storing a part takes much less. */
const writerPatience = 60_000;
const writers = new Writers();

const wholeKey = (id: string): string => `uploads/${id.replace('_', '-')}/whole`;
const tailKey = (id: string, at: number): string => `uploads/${id.replace('_', '-')}/tail-${at}`;

/** The present row of an upload. */
export function uploadIn(context: Context, id: string): Promise<MediaUpload | null> {
  return context.em.findOne(MediaUpload, { id, expiresAt: { $gt: context.now() } }, { refresh: true });
}

/**
 * Receives bytes from `offset` on. If the sender leaves or anything fails, the stored bytes stay, and the upload can continue from there.
 * Full parts go to the store; the rest is stored separately. Returns the number of stored bytes. Throws 404, 409 for another offset, 423
 * while another request writes, 413 for more bytes than announced, 408 for bytes that arrive too slowly, 429 and 503 if too many are
 * sent at once.
 */
export async function receive(
  context: Context,
  { id, createdBy }: Pick<MediaUpload, 'id' | 'createdBy'>,
  offset: number,
  body: AsyncIterable<Buffer>,
): Promise<number> {
  return writers.with(createdBy, networkOf(context.info.client.ip) ?? 'unknown', async (writer) => {
    const claimed = await claim(context, id, offset);
    return new Writing(context, id, claimed).write(writer.read(body));
  });
}

/**
 * Stores a file that this process fetches: it ends with the body, and has at most the bytes reserved for the upload. Throws if the body
 * breaks off. An earlier attempt is overwritten.
 */
export async function receiveWhole(context: Context, id: string, body: AsyncIterable<Buffer>): Promise<void> {
  const claimed = await claim(context, id, 0);
  await new Writing(context, id, claimed, true).write(body);
}

/** The key of the complete object of an upload that has all its bytes. */
export async function wholeOf(
  { objects }: Context,
  { id, attempt, parts }: Pick<MediaUpload, 'id' | 'attempt' | 'parts'>,
): Promise<string> {
  const whole = wholeKey(id);
  if (attempt && !(await objects.head(whole))) await objects.completeParts(whole, attempt, parts);
  return whole;
}

interface Claimed {
  size: number;
  received: number;
  attempt: string | null;
  parts: { number: number; tag: string }[];
  tail: number;
  writer: string;
}

async function claim(context: Context, id: string, offset: number): Promise<Claimed> {
  const now = context.now();
  const writer = randomUUID();
  const [claimed] = await sqlIn<Claimed>(
    context.em,
    `update assets.media_uploads set writer = $1, writer_until = $2, updated_at = $3
     where id = $4 and universe_id = $5 and state = 'OPEN' and received = $6 and expires_at > $3
       and (writer is null or writer_until < $3)
     returning size, received, attempt, parts, tail, writer`,
    [writer, new Date(now.getTime() + writerPatience), now, id, context.universe, offset],
  );
  if (claimed) return claimed;
  const upload = await uploadIn(context, id);
  if (!upload) throw new HttpFault(404, 'There is no such upload, or it has expired.');
  if (upload.received !== offset || upload.state !== 'OPEN')
    throw new HttpFault(409, `upload-offset: must be ${upload.received}, not ${offset}.`);
  throw new HttpFault(423, 'Another request is writing to this upload.');
}

/** One request that writes to an upload. */
class Writing {
  readonly #context: Context;
  readonly #id: string;
  readonly #row: Claimed;
  /** Whether the file ends with the body, because its length was not announced. */
  readonly #endsWithBody: boolean;
  #pending: Buffer[] = [];
  #bytes = 0;

  constructor(context: Context, id: string, row: Claimed, endsWithBody = false) {
    this.#endsWithBody = endsWithBody;
    this.#context = context;
    this.#id = id;
    this.#row = row;
  }

  async write(body: AsyncIterable<Buffer>): Promise<number> {
    const row = this.#row;
    const began = row.received - row.tail;
    const oldTail = row.tail > 0 ? tailKey(this.#id, row.received) : null;
    try {
      if (oldTail !== null) {
        const kept = await this.#context.objects.get(oldTail);
        if (!kept) throw new Error(`the tail of the upload ${this.#id} is missing`);
        this.#keep(await bytesOf(kept.body));
      }
      // The stored bytes before the tail, the tail, and the body; it ends with an error if the sender leaves.
      let failure: unknown = null;
      let stored = began;
      try {
        for await (const chunk of body) {
          if (stored + this.#bytes + chunk.length > row.size)
            throw new HttpFault(413, `The body exceeds the announced ${row.size} bytes.`);
          this.#keep(chunk);
          while (this.#bytes >= partSize) stored += await this.#storePart(partSize);
        }
      } catch (error) {
        failure = error;
      }
      if (this.#endsWithBody) {
        if (failure !== null) throw failure as Error;
        row.size = stored + this.#bytes;
      }
      await this.#end(stored);
      const newTail = row.tail > 0 ? tailKey(this.#id, row.received) : null;
      if (oldTail !== null && oldTail !== newTail) await this.#context.objects.delete(oldTail);
      if (failure instanceof HttpFault) throw failure;
      return this.#row.received;
    } finally {
      await sqlIn(
        this.#context.em,
        'update assets.media_uploads set writer = null, writer_until = null where id = $1 and writer = $2',
        [this.#id, row.writer],
      );
    }
  }

  #keep(chunk: Buffer): void {
    this.#pending.push(chunk);
    this.#bytes += chunk.length;
  }

  #take(bytes: number): Buffer {
    const all = Buffer.concat(this.#pending);
    this.#pending = all.length > bytes ? [all.subarray(bytes)] : [];
    this.#bytes = all.length - Math.min(bytes, all.length);
    return all.subarray(0, bytes);
  }

  /** Stores the next part and records it. Returns its bytes. */
  async #storePart(bytes: number): Promise<number> {
    const { objects } = this.#context;
    const row = this.#row;
    row.attempt ??= await objects.beginParts(wholeKey(this.#id));
    const part = this.#take(bytes);
    const number = row.parts.length + 1;
    const tag = await objects.putPart(wholeKey(this.#id), row.attempt, number, part);
    row.parts.push({ number, tag });
    row.received = row.received - row.tail + part.length;
    row.tail = 0;
    await this.#note('OPEN');
    return part.length;
  }

  /** Stores the rest: as the last part if the file is complete, otherwise separately. */
  async #end(stored: number): Promise<void> {
    const { objects } = this.#context;
    const row = this.#row;
    if (stored + this.#bytes === row.size) {
      if (row.parts.length === 0) {
        await objects.put(wholeKey(this.#id), this.#take(row.size));
        row.received = row.size;
      } else if (this.#bytes > 0) await this.#storePart(this.#bytes);
      row.tail = 0;
      return this.#note('RECEIVED');
    }
    if (this.#bytes === row.tail && stored + this.#bytes === row.received) return;
    const tail = this.#take(this.#bytes);
    row.received = stored + tail.length;
    row.tail = tail.length;
    if (tail.length > 0) await objects.put(tailKey(this.#id, row.received), tail);
    await this.#note('OPEN');
  }

  async #note(state: 'OPEN' | 'RECEIVED'): Promise<void> {
    const { size, received, attempt, parts, tail, writer } = this.#row;
    const now = this.#context.now();
    const rows = await sqlIn(
      this.#context.em,
      `update assets.media_uploads set received = $1, attempt = $2, parts = $3::jsonb, tail = $4, state = $5,
         updated_at = $6, writer_until = $7, size = $10 where id = $8 and writer = $9 returning 1`,
      [
        received,
        attempt,
        JSON.stringify(parts),
        tail,
        state,
        now,
        new Date(now.getTime() + writerPatience),
        this.#id,
        writer,
        size,
      ],
    );
    // A writer that was presumed dead must not overwrite the work of its successor.
    if (rows.length === 0) throw new HttpFault(409, 'Another request has continued this upload.');
  }
}

const looking = new Map<string, Promise<void>>();

/**
 * Inspects a complete upload: joins its parts, determines its content, and stores it under its hash or records why it is refused. Can be
 * repeated after a crash at any point. Does nothing for an upload in another state.
 */
export function inspect(context: Context, id: string): Promise<void> {
  let under = looking.get(id);
  if (!under) {
    under = inspectOnce(context, id).finally(() => looking.delete(id));
    looking.set(id, under);
  }
  return under;
}

async function inspectOnce(context: Context, id: string): Promise<void> {
  const upload = await uploadIn(context, id);
  if (upload?.state !== 'RECEIVED') return;
  const { objects } = context;
  const whole = await wholeOf(context, upload);
  const content = await contentOf(objects, whole, upload.size, upload.announcedSha256 ?? null, upload.createdBy).catch(
    (error: unknown) => {
      if (error instanceof ContentRefused) return error;
      throw error;
    },
  );
  if (content instanceof ContentRefused) {
    await note(context, id, { state: 'REFUSED', refusal: content.message });
  } else {
    // Also if the same content exists already: the copy is new, so a sweep does not delete it.
    await objects.copy(whole, contentKey(content.sha256));
    const { kind, contentType, sha256, width, height, durationMs, placeholder } = content;
    await note(context, id, {
      state: 'READY',
      kind,
      content_type: contentType,
      sha256,
      width,
      height,
      duration_ms: durationMs,
      placeholder,
    });
  }
  await objects.delete(whole);
}

async function note(context: Context, id: string, values: Record<string, unknown>): Promise<void> {
  const columns = Object.entries({ ...values, updated_at: context.now() });
  const set = columns.map(([column], n) => `${column} = $${n + 2}`).join(', ');
  await sqlIn(context.em, `update assets.media_uploads set ${set} where id = $1 and state = 'RECEIVED'`, [
    id,
    ...columns.map(([, value]) => value),
  ]);
}

/** Deletes the stored parts of an upload, so that its row can be deleted. */
export async function discard(context: Context, upload: { id: string; attempt?: string | null }): Promise<void> {
  const { objects } = context;
  if (upload.attempt) await objects.abortParts(wholeKey(upload.id), upload.attempt);
  const prefix = wholeKey(upload.id).replace(/whole$/, '');
  for await (const key of objects.list(prefix)) await objects.delete(key);
}
