import { describe, expect, test } from 'vitest';
import { readServeConfig } from '../../../platform/config/environment.ts';
import { insideTransaction } from '../../../platform/database/guard.ts';
import { EmbeddingRefused, EmbeddingUnavailable, type Embedder } from '../../../platform/embeddings/embedder.ts';
import { hashingEmbedder } from '../../../platform/embeddings/hashing.ts';
import { httpEmbedder } from '../../../platform/embeddings/http.ts';
import { openEmbedder } from '../../../platform/embeddings/open.ts';
import { openEmbeddingsServer, type EmbeddingsServer } from '../../testkit/embeddings.ts';

const cosine = (a: number[], b: number[]): number => a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0);

describe('without a model', () => {
  const { embed, dimensions } = hashingEmbedder();
  const likeness = async (a: string, b: string): Promise<number> => {
    const [one = [], other = []] = await embed([a, b]);
    return cosine(one, other);
  };

  test('the same words are equal in any case, accents and order', async () => {
    expect(await likeness('Étude, en BLEU', 'bleu en etude')).toBeCloseTo(1);
  });

  test('the same stem and other spellings are near, other words are not, and repetition changes little', async () => {
    expect(await likeness('etching', 'etchings')).toBeGreaterThan(0.4);
    expect(await likeness('Tchaikovsky symphony', 'Tchaikowsky symphonies')).toBeGreaterThan(0.4);
    expect(Math.abs(await likeness('ship', 'boat'))).toBeLessThan(0.25);
    expect(await likeness('blue horse', 'blue blue blue blue horse')).toBeGreaterThan(0.85);
  });

  test('each text has a vector of length 1, even an empty one or punctuation', async () => {
    for (const vector of await embed(['', '★', '海', 'a', 'x'.repeat(10_000)])) {
      expect(vector).toHaveLength(dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1);
    }
    expect(await embed([])).toEqual([]);
  });

  test('stops when aborted', async () => {
    await expect(embed(['a'], AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('a server with OpenAI’s interface', () => {
  const open = ({ url }: EmbeddingsServer): Embedder =>
    httpEmbedder({ url, model: 'small', dimensions: 4, apiKey: 'secret' });
  const firsts = (vectors: number[][]): number[] => vectors.map(([a = 0, b = 1]) => Math.round(a / b));

  test('receives texts in batches, and may answer in any order', async () => {
    await using server = await openEmbeddingsServer();
    const texts = Array.from({ length: 100 }, (_, n) => 'x'.repeat(n + 1));
    const vectors = await open(server).embed([...texts, '😀'.repeat(5_000)]);
    expect(firsts(vectors)).toEqual([...texts.map(({ length }) => length), 6_000]);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1);
    expect(server.calls.map(({ path, body }) => [path, body.input.length])).toEqual([
      ['POST /v1/embeddings', 64],
      ['POST /v1/embeddings', 37],
    ]);
    expect(server.calls[0]).toMatchObject({
      headers: { authorization: 'Bearer secret' },
      body: { model: 'small', dimensions: 4, encoding_format: 'float' },
    });
  });

  test('is retried when busy, after the time it says, and not if that is long', async () => {
    await using server = await openEmbeddingsServer();
    server.answer((_, count) =>
      count < 2 ? { status: count ? 503 : 429, headers: { 'retry-after': '0' }, body: {} } : null,
    );
    expect(firsts(await open(server).embed(['abc']))).toEqual([3]);
    expect(server.calls).toHaveLength(3);
    server.answer(() => ({
      status: 429,
      headers: { 'retry-after': '3600' },
      body: { error: { message: 'slow down' } },
    }));
    const refused = open(server).embed(['abc']);
    await expect(refused).rejects.toMatchObject({ name: 'EmbeddingUnavailable', retryAfter: 3_600_000 });
    await expect(refused).rejects.toThrow('slow down');
    expect(server.calls).toHaveLength(4);
    server.answer(() => ({ status: 500, headers: { 'retry-after': new Date(0).toUTCString() }, body: 'oops' }));
    await expect(open(server).embed(['abc'])).rejects.toThrow(EmbeddingUnavailable);
    expect(server.calls).toHaveLength(7);
  });

  test('that cannot shorten its vectors is called without dimensions from then on', async () => {
    await using server = await openEmbeddingsServer();
    server.answer(({ body }) =>
      body.dimensions === undefined
        ? { body: { data: [{ index: 0, embedding: [3, 0, 0, 4] }] } }
        : { status: 400, body: { error: { message: 'This model does not support specifying dimensions.' } } },
    );
    const embedder = open(server);
    expect(await embedder.embed(['a'])).toEqual([[0.6, 0, 0, 0.8]]);
    await embedder.embed(['b']);
    expect(server.calls).toHaveLength(3);
  });

  test('refuses texts permanently, and a wrong key until it is corrected', async () => {
    await using server = await openEmbeddingsServer();
    server.answer(() => ({ status: 400, body: { error: { message: 'too many tokens' } } }));
    await expect(open(server).embed(['a'])).rejects.toThrow(EmbeddingRefused);
    server.answer(() => ({ status: 401, body: { error: { message: 'bad key' } } }));
    await expect(open(server).embed(['a'])).rejects.toThrow(EmbeddingUnavailable);
    expect(server.calls).toHaveLength(2);
  });

  const vector = [1, 0, 0, 0];
  test.each([
    ['invalid JSON', '<html>', 'is not a list of embeddings'],
    ['a wrong number of vectors', { data: [] }, 'has 0 vectors for 1 texts'],
    ['an unknown text', { data: [{ index: 1, embedding: vector }] }, 'names the text 1'],
    ['a wrong length', { data: [{ index: 0, embedding: [1, 2] }] }, 'has 2 dimensions instead of 4'],
    ['no direction', { data: [{ index: 0, embedding: [0, 0, 0, 0] }] }, 'that is zero or infinite'],
  ])('whose answer has %s is refused', async (_what, body, message) => {
    await using server = await openEmbeddingsServer();
    server.answer(() => ({ body }));
    await expect(open(server).embed(['a'])).rejects.toThrow(message);
    expect(server.calls).toHaveLength(1);
  });

  test('gets no redirect followed, no call within a transaction, and no wait after an abort', async () => {
    await using server = await openEmbeddingsServer();
    const embedder = open(server);
    await expect(insideTransaction('test', () => embedder.embed(['a']))).rejects.toThrow('inside it');
    expect(server.calls).toHaveLength(0);
    server.answer(() => ({ status: 307, headers: { location: 'http://127.0.0.1:1/', 'retry-after': '0' }, body: '' }));
    await expect(embedder.embed(['a'], AbortSignal.timeout(300))).rejects.toThrow();
    server.answer(() => ({ status: 429, headers: { 'retry-after': '9' }, body: '' }));
    const started = Date.now();
    await expect(embedder.embed(['a'], AbortSignal.timeout(50))).rejects.toThrow();
    expect(Date.now() - started).toBeLessThan(5_000);
  });
});

describe('the configuration', () => {
  const least = { DATABASE_URL: 'postgres://localhost/x', ROUTER_SECRET: 'x'.repeat(32) };
  const given = {
    EMBEDDINGS_URL: 'https://models.example/v1/',
    EMBEDDINGS_MODEL: 'text-embedding-3-small',
    EMBEDDINGS_DIMENSIONS: '1536',
    EMBEDDINGS_API_KEY: 'key',
  };

  test('names a server and a model, or selects the embedder without one', () => {
    expect(readServeConfig({ ...least, ...given }).embeddings).toEqual({
      url: 'https://models.example/v1',
      model: 'text-embedding-3-small',
      dimensions: 1536,
      apiKey: 'key',
    });
    expect(openEmbedder(readServeConfig({ ...least, ...given }).embeddings).model).toBe('text-embedding-3-small@1536');
    expect(openEmbedder(readServeConfig(least).embeddings).model).toBe('hashing-1@384');
  });

  test.each([
    [{ ...given, EMBEDDINGS_MODEL: '' }, 'EMBEDDINGS_MODEL'],
    [{ ...given, EMBEDDINGS_DIMENSIONS: '' }, 'EMBEDDINGS_DIMENSIONS'],
    [{ ...given, EMBEDDINGS_DIMENSIONS: '5000' }, 'EMBEDDINGS_DIMENSIONS'],
    [{ ...given, EMBEDDINGS_URL: 'models.example' }, 'EMBEDDINGS_URL'],
    [{ EMBEDDINGS_API_KEY: 'key' }, 'EMBEDDINGS_API_KEY'],
  ])('that is invalid is refused with the variable’s name: %j', (env, name) => {
    expect(() => readServeConfig({ ...least, ...env })).toThrow(name);
  });
});
