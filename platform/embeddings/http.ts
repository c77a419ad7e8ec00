import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { assertOutside } from '../database/guard.ts';
import { waitOf } from '../outgoing/retry-after.ts';
import { beginningOf } from '../scalars/text.ts';
import { EmbeddingRefused, EmbeddingUnavailable, unitVector, type Embedder } from './embedder.ts';

export interface HttpEmbedderConfig {
  /** The address before `/embeddings`, without a slash at the end: `https://api.openai.com/v1`. */
  url: string;
  model: string;
  dimensions: number;
  /** Sent as a bearer token; null sends none. */
  apiKey: string | null;
}

/** Texts of one request: OpenAI takes 2,048 with 300,000 tokens in total, local servers often 32 to 128. */
const textsAtMost = 64;
/** Characters after which a text is cut: most models take 8,192 tokens; some take 512 and cut themselves. */
const charactersAtMost = 6_000;
/** Milliseconds for one request and its answer. */
const patience = 30_000;
/** Requests for the same texts; the waits between them are 0.5 s and 1 s, or what the server asks for. */
const attemptsAtMost = 3;
/** Milliseconds. If a server asks for a longer wait, the call fails, and its caller retries later. */
const waitAtMost = 10_000;
/** Bytes of an answer: 64 vectors of 4,000 numbers at full length are 6 MB. */
const answerAtMost = 16 * 1024 * 1024;

const answerShape = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()) })),
});
const faultShape = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });

/**
 * An embedder for servers with OpenAI's interface (`POST {url}/embeddings`; also vLLM, Ollama, LiteLLM, Text Embeddings
 * Inference). If a server answers that it cannot shorten its vectors, `dimensions` is no longer sent; its vectors must then have
 * that length. https://platform.openai.com/docs/api-reference/embeddings/create
 */
export function httpEmbedder(config: HttpEmbedderConfig): Embedder {
  let shortens = true;
  const attempt = async (input: string[], signal?: AbortSignal): Promise<number[][]> => {
    const asked = shortens;
    const answer = await post(config, input, asked, signal);
    if (
      asked &&
      (answer.status === 400 || answer.status === 422) &&
      /dimension|matryoshka/i.test(faultOf(answer.text))
    ) {
      shortens = false;
      return attempt(input, signal);
    }
    return vectorsOf(answer, input.length, config.dimensions);
  };
  return {
    model: `${config.model}@${config.dimensions}`,
    dimensions: config.dimensions,
    async embed(texts, signal) {
      const vectors: number[][] = [];
      for (let n = 0; n < texts.length; n += textsAtMost) {
        const input = texts.slice(n, n + textsAtMost).map((text) => beginningOf(text, charactersAtMost));
        vectors.push(...(await patiently(() => attempt(input, signal), signal)));
      }
      return vectors;
    },
  };
}

interface Answer {
  status: number;
  text: string;
  /** Milliseconds that the server asks to wait for. */
  retryAfter: number | null;
}

async function patiently<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      const wait = error instanceof EmbeddingUnavailable ? (error.retryAfter ?? 250 * 2 ** attempts) : Infinity;
      if (attempts >= attemptsAtMost || wait > waitAtMost) throw error;
      await sleep(wait, undefined, signal ? { signal } : {});
    }
  }
}

async function post(
  config: HttpEmbedderConfig,
  input: string[],
  shorten: boolean,
  signal?: AbortSignal,
): Promise<Answer> {
  const { url, model, dimensions, apiKey } = config;
  assertOutside('The embedding model');
  const late = AbortSignal.timeout(patience);
  try {
    const response = await fetch(`${url}/embeddings`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ model, input, encoding_format: 'float', ...(shorten ? { dimensions } : {}) }),
      // A redirect must not send the key to another server.
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    const retryAfter = waitOf(response.headers.get('retry-after'));
    return { status: response.status, text: await textOf(response), retryAfter };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof EmbeddingUnavailable) throw error;
    throw new EmbeddingUnavailable('The embedding model cannot be reached.', null, { cause: error });
  }
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > answerAtMost) throw new EmbeddingUnavailable('The answer of the embedding model is too long.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function faultOf(text: string): string {
  const fault = faultShape.safeParse(parsed(text));
  const message = fault.success ? fault.data.error : text;
  return (typeof message === 'string' ? message : message.message).slice(0, 300);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Statuses that refuse the texts. 401, 403 and 404 are fixed in the configuration (key, address, model); the texts wait for that. */
const refusals = new Set([400, 413, 422]);

function vectorsOf({ status, text, retryAfter }: Answer, count: number, dimensions: number): number[][] {
  if (refusals.has(status)) throw new EmbeddingRefused(`The model refuses the texts (${status}): ${faultOf(text)}`);
  if (status === 429 || status >= 500)
    throw new EmbeddingUnavailable(`The model answers ${status}: ${faultOf(text)}`, retryAfter);
  // No retry within this call: the error would not pass by itself.
  if (status !== 200) throw new EmbeddingUnavailable(`The model answers ${status}: ${faultOf(text)}`, waitAtMost + 1);
  const fault = (what: string): EmbeddingUnavailable =>
    new EmbeddingUnavailable(`The model's answer ${what}.`, waitAtMost + 1);
  const answer = answerShape.safeParse(parsed(text));
  if (!answer.success) throw fault('is not a list of embeddings');
  const { data } = answer.data;
  if (data.length !== count) throw fault(`has ${data.length} vectors for ${count} texts`);
  const vectors: (number[] | undefined)[] = Array.from({ length: count });
  for (const { index, embedding } of data) {
    if (index >= count || vectors[index])
      throw fault(`names the text ${index}, which it named before or which was not sent`);
    if (embedding.length !== dimensions) throw fault(`has ${embedding.length} dimensions instead of ${dimensions}`);
    const vector = unitVector(embedding);
    if (!vector) throw fault('has a vector that is zero or infinite');
    vectors[index] = vector;
  }
  return vectors as number[][];
}
