import { z } from 'zod';
import type { EmbeddingsConfig } from '../embeddings/open.ts';
import { wholeNumber } from './whole-number.ts';

const isBase = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const { protocol, search, hash, username } = new URL(value);
  return /^https?:$/.test(protocol) && search === '' && hash === '' && username === '';
};

/** The variables of the embedding model. */
export const embeddingsVariables = {
  EMBEDDINGS_URL: z
    .string()
    .refine(isBase, 'must be an http:// or https:// address before /embeddings, such as https://api.openai.com/v1')
    .transform((value) => value.replace(/\/+$/, ''))
    .optional()
    .describe("a model with OpenAI's interface, up to `/embeddings`; without it similarity is by words"),
  EMBEDDINGS_MODEL: z
    .string()
    .max(200)
    .regex(/^[\w.:/@-]+$/, 'is the name of a model: letters, digits and ._:/@-')
    .optional()
    .describe('its name; required with `EMBEDDINGS_URL`'),
  // pgvector indexes at most 4,000 dimensions.
  EMBEDDINGS_DIMENSIONS: wholeNumber(8, 4_000)
    .optional()
    .describe('dimensions of its vectors, 8 to 4,000; required with `EMBEDDINGS_URL`'),
  EMBEDDINGS_API_KEY: z.string().min(1).optional().describe('sent to it as a bearer token'),
};

interface Values {
  EMBEDDINGS_URL?: string | undefined;
  EMBEDDINGS_MODEL?: string | undefined;
  EMBEDDINGS_DIMENSIONS?: number | undefined;
  EMBEDDINGS_API_KEY?: string | undefined;
}

/** A fault in how they combine, as "VARIABLE: sentence"; null if there is none. */
export function embeddingsFault(values: Values): string | null {
  const named = ['EMBEDDINGS_MODEL', 'EMBEDDINGS_DIMENSIONS'] as const;
  if (values.EMBEDDINGS_URL !== undefined) {
    const missing = named.find((name) => values[name] === undefined);
    return missing === undefined ? null : `${missing}: is needed with EMBEDDINGS_URL`;
  }
  const idle = [...named, 'EMBEDDINGS_API_KEY' as const].find((name) => values[name] !== undefined);
  return idle === undefined ? null : `${idle}: has no effect without EMBEDDINGS_URL`;
}

export function embeddingsConfigOf(values: Values): EmbeddingsConfig {
  const { EMBEDDINGS_URL: url, EMBEDDINGS_MODEL: model, EMBEDDINGS_DIMENSIONS: dimensions } = values;
  if (url === undefined || model === undefined || dimensions === undefined) return null;
  return { url, model, dimensions, apiKey: values.EMBEDDINGS_API_KEY ?? null };
}
