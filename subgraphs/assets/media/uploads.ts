import { randomUUID } from 'node:crypto';
import type { Context } from '../../../platform/context/context.ts';
import { networkOf } from '../../../platform/context/network.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { bytesOf, contentKey } from '../../../platform/objects/object-store.ts';
import { HttpFault } from '../../../platform/http/failure.ts';
import { ContentRefused, contentOf } from './content.ts';
import { MediaUpload } from './media.entity.ts';
import { Writers } from '../../../platform/objects/writers.ts';

/** Bytes of a part: what lies in memory for each upload under way, and of 1 GiB 128 parts (S3 takes 10,000). */
const partSize = 8 * 1_048_576;
/** Milliseconds after which a writer that was not heard of is taken for dead. A part is stored in much less. */
const writerPatience = 60_000;
const writers = new Writers();

const wholeKey = (id: string): string => `uploads/${id.replace('_', '-')}/whole`;
const tailKey = (id: string, at: number): string => `uploads/${id.replace('_', '-')}/tail-${at}`;

/** Where an upload stands, by its row as it is now. */
export function uploadIn(context: Context, id: string): Promise<MediaUpload | null> {
  return context.em.findOne(MediaUpload, { id, expiresAt: { $gt: context.now() } }, { refresh: true });
}

/**
 * Takes bytes from `offset` on, as many as come: if the sender leaves or anything fails, what was stored stays, and the upload
 * goes on from there. Parts go to the store as they fill; what is less than a part is kept aside. Answers how many bytes are
 * stored. Refuses with 404, 409 for another offset, 423 while somebody else writes, 413 for more than was announced, 408 for
 * bytes that come too slowly, 429 and 503 when too many are sent at once.
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
 * Stores a whole file that this process has fetched: its end is where the body ends, at most as many bytes as the upload holds room for.
 * Whatever breaks off is thrown. An upload that was begun before is begun anew.
 */
export async function receiveWhole(context: Context, id: string, body: AsyncIterable<Buffer>): Promise<void> {
  const claimed = await claim(context, id, 0);
  await new Writing(context, id, claimed, true).write(body);
}

/** The key under which an upload that has all its bytes lies in one piece. */
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
  if (!upload) throw new HttpFault(404, 'There is no such upload, or it has ended.');
  if (upload.received !== offset || upload.state !== 'OPEN')
    throw new HttpFault(409, `This upload stands at ${upload.received}, not at ${offset}.`);
  throw new HttpFault(423, 'Somebody else writes to this upload.');
}

/** One writer's turn at an upload. */
class Writing {
  readonly #context: Context;
  readonly #id: string;
  readonly #row: Claimed;
  /** Whether the file ends with what is sent, and has no length that was announced. */
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
        if (!kept) throw new Error(`The end of the upload ${this.#id} is gone.`);
        this.#keep(await bytesOf(kept.body));
      }
      // What is stored before the tail, the tail, and what comes; a sender that leaves ends it with an error.
      let failure: unknown = null;
      let stored = began;
      try {
        for await (const chunk of body) {
          if (stored + this.#bytes + chunk.length > row.size)
            throw new HttpFault(413, `More than the ${row.size} bytes that were announced.`);
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

  /** Stores the next part and writes down that it is there. Answers its bytes. */
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

  /** Keeps what is left: as the last part when everything is here, else aside. */
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
    // A writer that was taken for dead must not overwrite what its successor has done.
    if (rows.length === 0) throw new HttpFault(409, 'Somebody else went on with this upload.');
  }
}

const looking = new Map<string, Promise<void>>();

/**
 * Looks at an upload that has all its bytes: puts its parts together, finds out what it is, and keeps it under its hash or notes
 * why it is refused. May be done again after a crash at any point. Does nothing for an upload in another state.
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
    // Also when the same content is there already: a sweep leaves alone what is new.
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

/** Takes what an upload has left in the store away; its row may go then. */
export async function discard(context: Context, upload: { id: string; attempt?: string | null }): Promise<void> {
  const { objects } = context;
  if (upload.attempt) await objects.abortParts(wholeKey(upload.id), upload.attempt);
  const prefix = wholeKey(upload.id).replace(/whole$/, '');
  for await (const key of objects.list(prefix)) await objects.delete(key);
}
