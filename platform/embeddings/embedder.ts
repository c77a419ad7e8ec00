/** Turns texts into vectors that lie the nearer to each other the more alike the texts are. */
export interface Embedder {
  /** Names everything that the vectors depend on; vectors of two models are never compared. Letters, digits and `._:/@-`. */
  readonly model: string;
  /** Numbers in each vector. */
  readonly dimensions: number;
  /**
   * A vector of length 1 (Euclidean) for each text, in their order. May call the outside: never inside a transaction. Rejects with
   * `EmbeddingRefused` when these texts will never be taken, with anything else when a later attempt may succeed, and when `signal`
   * aborts.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<number[][]>;
}

/** A model refused texts for good: sending them again would be refused again. */
export class EmbeddingRefused extends Error {
  override name = 'EmbeddingRefused';
}

/** A model does not answer, or not as it should; a later attempt may succeed. */
export class EmbeddingUnavailable extends Error {
  override name = 'EmbeddingUnavailable';
  /** Milliseconds after which to try again, if the model said so. */
  readonly retryAfter: number | null;

  constructor(message: string, retryAfter: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfter = retryAfter;
  }
}

/** The vector with length 1; null for one that has no direction. */
export function unitVector(vector: readonly number[]): number[] | null {
  const length = Math.hypot(...vector);
  return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : null;
}
