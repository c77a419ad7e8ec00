import { createHash } from 'node:crypto';
import type { RequestInfo } from '../../platform/context/request.ts';
import type { Logger } from '../../platform/telemetry/log.ts';

/** What the log says of one operation. Filled while it runs; never holds variables. */
export interface OperationRecord {
  kind: 'query' | 'mutation' | 'subscription' | null;
  operationName: string | null;
  /** First 16 hex digits of the SHA-256 of the query text: enough to find it again. */
  hash: string | null;
  errors: Record<string, number>;
  startedAt: number;
}

export function newRecord(): OperationRecord {
  return { kind: null, operationName: null, hash: null, errors: {}, startedAt: performance.now() };
}

export function hashOf(query: string): string {
  return createHash('sha256').update(query).digest('hex').slice(0, 16);
}

export function countError(record: OperationRecord, code: unknown): void {
  const name = typeof code === 'string' ? code : 'INTERNAL';
  record.errors[name] = (record.errors[name] ?? 0) + 1;
}

/** One line per operation. */
export function logOperation(
  log: Logger,
  record: OperationRecord,
  info: RequestInfo | null,
  more: Record<string, unknown>,
): void {
  log.info(
    {
      operation: record.operationName,
      kind: record.kind,
      hash: record.hash,
      ms: Math.round((performance.now() - record.startedAt) * 10) / 10,
      actor: info?.actor.id ?? null,
      universe: info?.universe,
      ...(Object.keys(record.errors).length > 0 ? { errors: record.errors } : {}),
      ...more,
    },
    'operation',
  );
}
