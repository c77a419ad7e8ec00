import { createHash } from 'node:crypto';
import { escapeLiteral } from 'pg';
import type { Embedder } from '../../../platform/embeddings/embedder.ts';

/** The number of dimensions that pgvector indexes in full precision; up to 4,000 in half precision. */
const fullAtMost = 2_000;

/** The comparison of vectors of one model in SQL. All have length 1, so the inner product is the cosine of their angle. */
export interface Space {
  model: string;
  /** The condition for rows of the model in `alias`. */
  of: (alias: string) => string;
  /** A vector in the compared and indexed type. */
  vector: (sql: string) => string;
  /** The expression to order by, the nearest first: the negative cosine. */
  distance: (a: string, b: string) => string;
  /** The operator class of the index. */
  operators: string;
}

export function spaceOf({ model, dimensions }: Pick<Embedder, 'model' | 'dimensions'>): Space {
  const type = dimensions > fullAtMost ? 'halfvec' : 'vector';
  const vector = (sql: string): string => `(${sql})::public.${type}(${Math.trunc(dimensions)})`;
  return {
    model,
    // A literal instead of a parameter, so that the planner can use the partial index of this model.
    of: (alias) => `${alias}.model = ${escapeLiteral(model)}`,
    vector,
    distance: (a, b) => `${vector(a)} operator(public.<#>) ${vector(b)}`,
    operators: `public.${type}_ip_ops`,
  };
}

/** The index for the nearest vectors of a model: HNSW (Y. Malkov, D. Yashunin, 2018), with pgvector's default settings. */
export function nearIndex(space: Space): { name: string; sql: string } {
  const name = `asset_embeddings_near_${createHash('sha256').update(space.model).digest('hex').slice(0, 16)}`;
  return {
    name,
    sql: `create index if not exists ${name} on assets.asset_embeddings
      using hnsw ((${space.vector('vector')}) ${space.operators}) where model = ${escapeLiteral(space.model)}`,
  };
}

/** A vector in pgvector's text form, with the seven digits of its precision. */
export function vectorText(vector: readonly number[]): string {
  return `[${vector.map((value) => Number(value.toPrecision(7))).join(',')}]`;
}
