import { getOperationAST, Kind, parse, valueFromASTUntyped, type FieldNode } from 'graphql';
import { EnsembleError } from '../../platform/errors/errors.ts';

/** Errors before a request was sent: no connection was made. */
const neverSent = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether the subgraph may have received and executed a request that failed with this error. */
export function wasSent(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return !(error instanceof EnsembleError) && !(typeof code === 'string' && neverSent.has(code));
}

/** Whether an operation can safely be repeated: queries, and mutations whose every field has an idempotency key. */
export function mayBeRepeated(query: string, variables: Readonly<Record<string, unknown>>): boolean {
  const operation = getOperationAST(parse(query, { noLocation: true }));
  if (operation?.operation !== 'mutation') return true;
  return operation.selectionSet.selections.every((field) => field.kind === Kind.FIELD && isKeyed(field, variables));
}

function isKeyed(field: FieldNode, variables: Readonly<Record<string, unknown>>): boolean {
  return (field.arguments ?? []).some(({ value }) => {
    const input: unknown = valueFromASTUntyped(value, variables);
    return typeof (input as { idempotencyKey?: unknown } | null)?.idempotencyKey === 'string';
  });
}
