import type { Embedder } from './embedder.ts';
import { hashingEmbedder } from './hashing.ts';
import { httpEmbedder, type HttpEmbedderConfig } from './http.ts';

/** A server that speaks OpenAI's interface; null for the embedder that needs no model. */
export type EmbeddingsConfig = HttpEmbedderConfig | null;

/** The configured embedder. */
export function openEmbedder(config: EmbeddingsConfig): Embedder {
  return config === null ? hashingEmbedder() : httpEmbedder(config);
}
