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
  /** When it was known who asks, and that they may; null before. By the clock of `startedAt`, as all of these. */
  admittedAt: number | null;
  /** How long planning took: 0 when the plan was remembered, null where nobody has planned or measured it. Milliseconds. */
  planning: number | null;
}

/** Where the time of one operation went, in milliseconds with one decimal. Told in `extensions.timing` to who asks for it. */
export interface Timing {
  /** The time of the gateway as it answers, RFC 3339: a client reads the difference of the clocks from it. */
  at: string;
  /** From the request's arrival to its answer, the network on both sides left out. */
  total: number;
  /** Who asks, and whether it is too much. */
  admission: number;
  /** Making the plan; 0 when it was remembered. */
  planning: number;
  /** Validation, the systems at work, and putting their answers together. */
  execution: number;
}

export function newRecord(): OperationRecord {
  return {
    kind: null,
    operationName: null,
    hash: null,
    errors: {},
    startedAt: performance.now(),
    admittedAt: null,
    planning: null,
  };
}

export function hashOf(query: string): string {
  return createHash('sha256').update(query).digest('hex').slice(0, 16);
}

export function countError(record: OperationRecord, code: unknown): void {
  const name = typeof code === 'string' ? code : 'INTERNAL';
  record.errors[name] = (record.errors[name] ?? 0) + 1;
}

export function timingOf(record: OperationRecord): Timing {
  const now = performance.now();
  const total = now - record.startedAt;
  const admission = (record.admittedAt ?? now) - record.startedAt;
  const planning = record.planning ?? 0;
  return {
    at: new Date().toISOString(),
    total: tenths(total),
    admission: tenths(admission),
    planning: tenths(planning),
    execution: tenths(Math.max(0, total - admission - planning)),
  };
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
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
      ms: tenths(performance.now() - record.startedAt),
      actor: info?.actor.id ?? null,
      universe: info?.universe,
      ...(Object.keys(record.errors).length > 0 ? { errors: record.errors } : {}),
      ...more,
    },
    'operation',
  );
}
