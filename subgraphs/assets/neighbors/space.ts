import { createHash } from 'node:crypto';
import { escapeLiteral } from 'pg';
import type { Embedder } from '../../../platform/embeddings/embedder.ts';

/** The number of dimensions that pgvector indexes in full precision; up to 4,000 in half precision. */
const fullAtMost = 2_000;

/** How vectors of one model are compared in SQL. All have length 1, so the inner product is the cosine of their angle. */
export interface Space {
  model: string;
  /** The rows of the model, as `alias`. */
  of: (alias: string) => string;
  /** A vector in the type that is compared and indexed. */
  vector: (sql: string) => string;
  /** What to order by, the nearest first: minus the cosine. */
  distance: (a: string, b: string) => string;
  /** The operator class of the index. */
  operators: string;
}

export function spaceOf({ model, dimensions }: Pick<Embedder, 'model' | 'dimensions'>): Space {
  const type = dimensions > fullAtMost ? 'halfvec' : 'vector';
  const vector = (sql: string): string => `(${sql})::public.${type}(${Math.trunc(dimensions)})`;
  return {
    model,
    // Written out and no parameter: so the planner knows that the index of this model holds what is asked for.
    of: (alias) => `${alias}.model = ${escapeLiteral(model)}`,
    vector,
    distance: (a, b) => `${vector(a)} operator(public.<#>) ${vector(b)}`,
    operators: `public.${type}_ip_ops`,
  };
}

/** The index by which the nearest vectors of a model are found: HNSW (Y. Malkov, D. Yashunin, 2018), with pgvector's own settings. */
export function nearIndex(space: Space): { name: string; sql: string } {
  const name = `asset_embeddings_near_${createHash('sha256').update(space.model).digest('hex').slice(0, 16)}`;
  return {
    name,
    sql: `create index if not exists ${name} on assets.asset_embeddings
      using hnsw ((${space.vector('vector')}) ${space.operators}) where model = ${escapeLiteral(space.model)}`,
  };
}

/** A vector as pgvector reads it; seven digits are what its numbers hold. */
export function vectorText(vector: readonly number[]): string {
  return `[${vector.map((value) => Number(value.toPrecision(7))).join(',')}]`;
}
