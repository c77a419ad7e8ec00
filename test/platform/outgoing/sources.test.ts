import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../../gateway/config.ts';
import { readServeConfig } from '../../../platform/config/environment.ts';
import { Outgoing } from '../../../platform/outgoing/outgoing.ts';
import { Sources } from '../../../platform/outgoing/sources.ts';
import { sourceUrl, startS3, type S3Server } from '../../testkit/s3.ts';

const museum = 'org_01h455vb4pex5vsknk084sn02q';
const other = 'org_01h455vb4pex5vsknk084sn02r';
let s3: S3Server;
const outgoing = new Outgoing();
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(async () => {
  await outgoing.close();
  await s3.close();
});

const sources = (text: string): Sources => new Sources(readConfig({ SOURCE_URLS: text }, []).sources, outgoing);

describe('SOURCE_URLS', () => {
  test('is empty by default, without any source', () => {
    expect(sources('').isEmpty).toBe(true);
    expect(sources('').locate('https://example.org/', museum)).toBeNull();
    const needed = { DATABASE_URL: 'postgres://x', ROUTER_SECRET: 'r'.repeat(32) };
    expect(readServeConfig({ ...needed, SOURCE_URLS: 'https://example.org' }).sources.servers).toHaveLength(1);
  });

  test.each([
    'example.org',
    'ftp://example.org',
    'https://ann:secret@example.org',
    'https://example.org/folder',
    'https://example.org#a',
    'https://*',
    'https://*.org',
    'https://a.*.org',
    'http://*.example.org',
    'https://*.intern.example?internal',
    'https://example.org.',
    'https://example.org?inside',
    'https://example.org?for=somebody',
    's3://bucket?for=everybody',
    's3://KEY:SECRET@bucket',
    's3://KEY:SECRET@b?for=everybody',
    's3://KEY:SECRET@bucket?for=everybody&endpoint=files',
    's3://KEY:SEC%ZZ@bucket?for=everybody',
    's3://KEY:SECRET@bucket?for=everybody,s3://KEY:SECRET@bucket?for=everybody',
  ])('%s stops the start with the variable’s name, and never with the keys', (text) => {
    let fault: unknown = null;
    try {
      sources(text);
    } catch (error) {
      fault = error;
    }
    expect(String(fault)).toMatch(/SOURCE_URLS: /);
    expect(String(fault)).not.toMatch(/SECRET/);
  });
});

describe('locate', () => {
  const found = sources(
    'https://images.example.org, https://*.iiif.example, http://files.intern:8080?internal, https://bücher.example, ' +
      `https://closed.example?for=${museum}, s3://KEY:SECRET@bucket/open/?for=${museum}`,
  );

  test.each([
    ['https://images.example.org/a/b.jpg?size=2#here', 'https://images.example.org'],
    ['https://IMAGES.example.org:443/', 'https://images.example.org'],
    ['https://a.b.iiif.example/', 'https://a.b.iiif.example'],
    ['http://files.intern:8080/x', 'http://files.intern:8080'],
    ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example'],
    ['https://BÜCHER.example/', 'https://xn--bcher-kva.example'],
    ['https://closed.example/', 'https://closed.example'],
    ['s3://bucket/open/a b.jpg', 's3://bucket'],
  ])('%s is in a source', (address, place) => {
    expect(found.locate(address, museum)?.place).toBe(place);
  });

  test.each([
    'http://images.example.org/',
    'https://images.example.org:8443/',
    'https://images.example.org./',
    'https://images.example.org@evil.example/',
    'https://ann@images.example.org/',
    'https://evil.example/https://images.example.org/',
    'https://iiif.example/',
    'https://eviliiif.example/',
    'http://files.intern/',
    'https://files.intern:8080/',
    'https://127.0.0.1/',
    'https://bucher.example/',
    'ftp://images.example.org/',
    'file:///etc/passwd',
    'images.example.org',
    's3://other/open/a.jpg',
    's3://bucket/open/../shut/a.jpg',
    's3://KEY:SECRET@bucket/open/a.jpg',
    `https://images.example.org/${'x'.repeat(2_000)}`,
  ])('%s is in no source', (address) => {
    expect(found.locate(address, museum)).toBeNull();
  });

  test('a source for some owners does not exist for others', () => {
    for (const address of ['https://closed.example/', 's3://bucket/open/a.jpg'])
      expect(found.locate(address, other)).toBeNull();
  });
});

describe('a bucket', () => {
  const from = (prefix: string): Sources => sources(`${sourceUrl(s3, prefix)}`);
  const text = async (source: Sources, address: string): Promise<string> => {
    const located = source.locate(address, museum);
    if (!located) return 'none';
    const { body } = await source.open(located, museum, 1_000);
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  beforeAll(() => {
    const objects = s3.objects as Map<string, { bytes: Buffer; at: Date }>;
    for (const key of ['open/1.jpg', 'open/2.jpg', 'open/3.jpg', 'open/', 'open/Ä b+c & (1).JPG', 'shut/1.jpg'])
      objects.set(key, { bytes: Buffer.from(key), at: new Date() });
  });

  test('can be read with keys of any characters', async () => {
    expect(await text(from(''), 's3://test-bucket/shut/1.jpg')).toBe('shut/1.jpg');
    expect(await text(from('open/'), 's3://test-bucket/open/Ä b+c & (1).JPG')).toBe('open/Ä b+c & (1).JPG');
  });

  test('can be read only below its prefix', async () => {
    await expect(text(from('open/'), 's3://test-bucket/shut/1.jpg')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    const located = from('open/').locate('s3://test-bucket/shut/', museum);
    await expect(from('open/').list(located as never, museum, 5)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  });

  test('lists objects below a prefix, over pages, up to a limit', async () => {
    const source = from('open/');
    const located = source.locate('s3://test-bucket/open/', museum);
    expect(located?.kind).toBe('prefix');
    const all = await source.list(located as never, museum, 50);
    expect(all).toEqual(['1.jpg', '2.jpg', '3.jpg', 'Ä b+c & (1).JPG'].map((name) => `s3://test-bucket/open/${name}`));
    expect(await source.list(located as never, museum, 2)).toHaveLength(2);
  });

  test('with wrong keys reports its status, and nothing from S3', async () => {
    const wrong = sources(sourceUrl(s3).replace('TESTKEY', 'WRONG'));
    const failed = await text(wrong, 's3://test-bucket/open/1.jpg').catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'STATUS', status: 403, message: 'The source answers 403.' });
  });
});
