/** Turns texts into vectors: the more alike two texts are, the nearer their vectors. */
export interface Embedder {
  /** Names everything that the vectors depend on; vectors of different models are never compared. Letters, digits and `._:/@-`. */
  readonly model: string;
  /** Numbers in each vector. */
  readonly dimensions: number;
  /**
   * A vector of length 1 (Euclidean) for each text, in the same order. May call a server: never inside a transaction. Rejects with
   * `EmbeddingRefused` if these texts will never be accepted, with another error if a later attempt may succeed, and when `signal`
   * aborts.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<number[][]>;
}

/** A model refused texts permanently: a retry would be refused again. */
export class EmbeddingRefused extends Error {
  override name = 'EmbeddingRefused';
}

/** A model does not answer, or not correctly; a later attempt may succeed. */
export class EmbeddingUnavailable extends Error {
  override name = 'EmbeddingUnavailable';
  /** Milliseconds after which to retry, if the model said so. */
  readonly retryAfter: number | null;

  constructor(message: string, retryAfter: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfter = retryAfter;
  }
}

/** The vector scaled to length 1; null for a zero or infinite vector. */
export function unitVector(vector: readonly number[]): number[] | null {
  const length = Math.hypot(...vector);
  return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : null;
}
