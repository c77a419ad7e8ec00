import type { Workplace } from '../../../platform/work/worker.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import type { AssetKind } from '../asset/asset.entity.ts';
import { hashOf, textOf, type Said } from '../neighbors/text.ts';
import type { StructureType } from '../structure/structure-types.ts';
import { newest, structureIssues } from '../structure/structures.ts';

export const AssetIndexingProblemCode = enumeration('AssetIndexingProblemCode', 'Why a draft is not indexed yet.', {
  STRUCTURE_INVALID: 'The structure does not match the newest schema of its type; change it.',
  UPLOAD_UNFINISHED: 'A file is still being uploaded, fetched or inspected. The draft is checked again automatically.',
  VECTOR_PENDING: 'The vector for similar assets is being computed. The draft is checked again automatically.',
  VECTOR_MISSING: 'The embedding model refused the texts, or failed too often; change the texts.',
});
type IndexingProblemCode = ValueOf<typeof AssetIndexingProblemCode>;

/** Why an asset is not indexed yet. */
export interface IndexingProblem {
  code: IndexingProblemCode;
  /** The field of the asset that has to change; empty if there is none. */
  path: string[];
  message: string;
}

/** Problems that pass without a change of the asset. */
const passing: ReadonlySet<IndexingProblemCode> = new Set(['UPLOAD_UNFINISHED', 'VECTOR_PENDING']);

export function isPassing({ code }: IndexingProblem): boolean {
  return passing.has(code);
}

/** A structure can have hundreds of errors; the first ones are enough. */
const issuesAtMost = 20;

/** The columns of an asset that decide whether it can be indexed. */
export interface Indexed extends Said {
  id: string;
  kind: AssetKind;
  structure_type: StructureType | null;
  structure: Record<string, unknown> | null;
  uploading: boolean;
}

/** The state of the vectors of assets, by id. Null if this server stores none. */
export type Vectors = ReadonlyMap<string, { hash: string | null; queued: boolean }> | null;

/** Reads the state of vectors. One statement, none if vectors are not stored. */
export async function vectorsOf(
  tx: Transaction,
  { embedder }: Pick<Workplace, 'embedder'>,
  ids: readonly string[],
): Promise<Vectors> {
  if (!embedder) return null;
  const rows = await sqlIn<{ id: string; hash: string | null; queued: boolean }>(
    tx.em,
    `select given.id, e.content_hash as hash,
       exists (select from assets.asset_embedding_queue q where q.asset_id = given.id) as queued
     from unnest($1::text[]) as given(id)
       left join assets.asset_embeddings e on e.id = given.id and e.model = $2`,
    [[...ids], embedder.model],
  );
  return new Map(rows.map(({ id, ...rest }) => [id, rest]));
}

/** Everything that keeps an asset from being indexed. Words and duplicate keys never do, because they are rewritten. */
export function indexingProblems(asset: Indexed, vectors: Vectors): IndexingProblem[] {
  return [...structureProblems(asset), ...uploadProblems(asset), ...vectorProblems(asset, vectors)];
}

function structureProblems({ kind, structure_type: type, structure }: Indexed): IndexingProblem[] {
  if (!type) return [];
  const of = newest(type);
  if (of.assetKind !== kind) {
    const message = `structure: ${type} is for assets of the kind ${of.assetKind}, but this one is ${kind}.`;
    return [{ code: 'STRUCTURE_INVALID', path: ['structureType'], message }];
  }
  return structureIssues(of, structure, ['structure'])
    .slice(0, issuesAtMost)
    .map(({ path, message }) => ({ code: 'STRUCTURE_INVALID', path: [...path], message }));
}

function uploadProblems({ uploading }: Indexed): IndexingProblem[] {
  if (!uploading) return [];
  const message =
    'A file of the asset is still being uploaded, fetched or inspected; complete it, or wait until it is attached or expires.';
  return [{ code: 'UPLOAD_UNFINISHED', path: [], message }];
}

function vectorProblems(asset: Indexed, vectors: Vectors): IndexingProblem[] {
  if (vectors === null) return [];
  const { hash, queued } = vectors.get(asset.id) ?? { hash: null, queued: false };
  if (hash === hashOf(textOf(asset))) return [];
  if (queued)
    return [{ code: 'VECTOR_PENDING', path: [], message: 'The vector for similar assets is being computed.' }];
  const message = 'The embedding model refused the texts of the asset, or does not answer; an operator can see why.';
  return [{ code: 'VECTOR_MISSING', path: [], message }];
}
