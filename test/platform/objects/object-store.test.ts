import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FolderStore } from '../../../platform/objects/folder-store.ts';
import { bytesOf, contentKey, objectKey, type ObjectStore } from '../../../platform/objects/object-store.ts';
import { openObjects } from '../../../platform/objects/open.ts';
import { S3Store } from '../../../platform/objects/s3-store.ts';
import { temporaryParent } from '../../testkit/config.ts';
import { startS3, type S3Server } from '../../testkit/s3.ts';

let folder: string;
let s3: S3Server;
const stores = new Map<string, ObjectStore>();
beforeAll(async () => {
  folder = await mkdtemp(join(temporaryParent(), 'objects-'));
  s3 = await startS3();
  stores.set('a folder', await openObjects({ folder }));
  stores.set('a bucket', await openObjects({ s3: s3.options }));
  stores.set('a bucket, below a prefix', await openObjects({ s3: { ...s3.options, prefix: 'house/media/' } }));
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

async function keysOf(list: AsyncIterable<string>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of list) keys.push(key);
  return keys;
}

const names = ['a folder', 'a bucket', 'a bucket, below a prefix'];
describe.each(names)('%s', (name) => {
  const store = (): ObjectStore => stores.get(name) as ObjectStore;
  const textOf = async (key: string, range?: { start: number; end: number }): Promise<string | null> => {
    const found = await store().get(key, range);
    return found && (await bytesOf(found.body)).toString();
  };

  test('stores an object, and a second put replaces it', async () => {
    await store().put('put/one', Buffer.from('first'));
    await store().put('put/one', Buffer.from('second!'), 'text/plain');
    expect(await textOf('put/one')).toBe('second!');
    expect(await store().head('put/one')).toEqual({ size: 7, modifiedAt: expect.any(Date) });
    await store().put('put/empty', Buffer.alloc(0));
    expect(await store().head('put/empty')).toMatchObject({ size: 0 });
  });

  test('returns the available part of a range, and the total length', async () => {
    await store().put('range/one', Buffer.from('0123456789'));
    expect(await textOf('range/one', { start: 2, end: 4 })).toBe('234');
    expect(await textOf('range/one', { start: 8, end: 99 })).toBe('89');
    expect(await textOf('range/one', { start: 10, end: 12 })).toBe('');
    const part = await store().get('range/one', { start: 0, end: 0 });
    expect(part?.size).toBe(10);
    part?.body.destroy();
  });

  test('returns null for a missing object, and deleting it is no error', async () => {
    expect(await store().get('missing/one')).toBeNull();
    expect(await store().head('missing/one')).toBeNull();
    await store().delete('missing/one');
    await expect(store().copy('missing/one', 'missing/two')).rejects.toThrow();
    expect(await store().head('missing/two')).toBeNull();
  });

  test('deletes, copies and lists', async () => {
    for (const key of ['list/b', 'list/a/x', 'list/c', 'listed']) await store().put(key, Buffer.from(key));
    await store().copy('list/b', 'list/d');
    await store().delete('list/c');
    expect(await textOf('list/d')).toBe('list/b');
    expect(await keysOf(store().list('list/'))).toEqual(['list/a/x', 'list/b', 'list/d']);
    expect(await keysOf(store().list('nothing/'))).toEqual([]);
  });

  test('a multipart object is visible when complete, with parts in order and a repeated part once', async () => {
    const [first, second] = [randomBytes(5 * 1_048_576), Buffer.from('the end')];
    const attempt = await store().beginParts('parts/one');
    const late = await store().putPart('parts/one', attempt, 2, second);
    await store().putPart('parts/one', attempt, 1, Buffer.from('a try that was cut off'));
    const tag = await store().putPart('parts/one', attempt, 1, first);
    expect(await store().head('parts/one')).toBeNull();
    await store().completeParts('parts/one', attempt, [
      { number: 2, tag: late },
      { number: 1, tag },
    ]);
    const whole = await store().get('parts/one');
    expect(whole && (await bytesOf(whole.body)).equals(Buffer.concat([first, second]))).toBe(true);
    expect(s3.attempts()).toBe(0);
  });

  test('missing parts make no object, and an aborted upload accepts no more parts', async () => {
    const attempt = await store().beginParts('parts/two');
    const tag = await store().putPart('parts/two', attempt, 1, Buffer.from('x'));
    await expect(store().completeParts('parts/two', attempt, [{ number: 2, tag }])).rejects.toThrow(/part/i);
    await store().abortParts('parts/two', attempt);
    await store().abortParts('parts/two', attempt);
    await expect(store().putPart('parts/two', attempt, 1, Buffer.from('x'))).rejects.toThrow();
    expect(await store().head('parts/two')).toBeNull();
    expect(s3.attempts()).toBe(0);
  });
});

describe('a folder', () => {
  test('readers see the old object or the new one, never a partial one', async () => {
    const store = new FolderStore(folder);
    const bodies = [Buffer.alloc(400_000, 'a'), Buffer.alloc(400_000, 'b')] as const;
    await store.put('atomic/one', bodies[0]);
    const writes = Array.from({ length: 4 }, (_, n) => store.put('atomic/one', bodies[n % 2 ? 0 : 1]));
    const reads = Array.from({ length: 20 }, async () => {
      const found = await store.get('atomic/one');
      return found ? new Set(await bytesOf(found.body)).size : 0;
    });
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 20 }, () => 1));
    await Promise.all(writes);
    expect(await readdir(join(folder, '.drafts'))).toEqual([]);
  });

  test.each([
    '../out',
    '/etc/passwd',
    'a/../b',
    'a//b',
    '.hidden',
    'a/.drafts/b',
    'A',
    'a b',
    'a\u0000',
    '',
    'x'.repeat(301),
  ])('refuses a key that could leave the folder: %j', async (key) => {
    expect(() => objectKey(key)).toThrow('is not a valid object key');
    await expect(new FolderStore(folder).put(key, Buffer.from('x'))).rejects.toThrow('is not a valid object key');
  });

  test('content is identified by its hash', () => {
    expect(contentKey('ab'.repeat(32))).toBe(`sha256/ab/ab/${'ab'.repeat(32)}`);
    expect(() => contentKey('../..')).toThrow('64 hexadecimal digits');
  });
});

describe('a bucket', () => {
  test.each([
    [{ secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    [{ accessKeyId: 'NOBODY' }, 'InvalidAccessKeyId'],
    [{ bucket: 'other-bucket' }, 'NoSuchBucket'],
  ])('refuses %j with its code', async (change, code) => {
    const store = new S3Store({ ...s3.options, ...change });
    await expect(store.put('a', Buffer.from('x'))).rejects.toThrow(code);
    await expect(keysOf(store.list('a'))).rejects.toThrow(code);
  });

  test('a request that fails once is retried', async () => {
    const store = new S3Store(s3.options);
    s3.failNext(2, 503);
    await store.put('again/one', Buffer.from('x'));
    expect(s3.objects.get('again/one')?.bytes.toString()).toBe('x');
  });

  test('an unavailable service is reported as such', async () => {
    const store = new S3Store({ ...s3.options, endpoint: 'http://127.0.0.1:1' });
    await expect(store.head('a')).rejects.toThrow('S3 does not answer');
  });
});
