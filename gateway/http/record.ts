import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RequestInfo } from '../../platform/context/request.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { operationErrors, operationSeconds } from '../../platform/telemetry/metrics.ts';
import type { Span } from '../../platform/telemetry/tracing.ts';
import { errorTable } from '../errors.ts';

/** What is logged about one operation. Filled while it runs; never contains variables. */
export interface OperationRecord {
  kind: 'query' | 'mutation' | 'subscription' | null;
  operationName: string | null;
  /** First 16 hex digits of the SHA-256 of the query text. */
  hash: string | null;
  errors: Record<string, number>;
  startedAt: number;
  /** When the operation was authenticated and admitted; null before. By the clock of `startedAt`. */
  admittedAt: number | null;
  /** Ids of other requests whose calls of subgraphs answered this one as well; absent if there are none. */
  joined?: Set<string>;
  /** Milliseconds of planning: 0 for a cached plan, null if nothing was planned or measured. */
  planning: number | null;
}

/** How an operation spent its time, in milliseconds with one decimal: `extensions.timing`, for clients that ask for it. */
export interface Timing {
  /** The gateway's time of the answer, RFC 3339: it tells a client how far the clocks differ. */
  at: string;
  /** From the request's arrival to its answer, without the network on both sides. */
  total: number;
  /** Authentication and limits. */
  admission: number;
  /** Making the plan; 0 for a cached one. */
  planning: number;
  /** Validation, the subgraphs' work, and merging their answers. */
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

/** Hashes of recent query texts; clients send the same ones again. */
const hashes = new LRUCache<string, string>({
  max: 1_000,
  maxSize: 1_000_000,
  sizeCalculation: (_, text) => text.length,
});

export function hashOf(query: string): string {
  let hash = hashes.get(query);
  if (hash === undefined) {
    hash = createHash('sha256').update(query).digest('hex').slice(0, 16);
    if (query !== '') hashes.set(query, hash);
  }
  return hash;
}

/** Codes by name; a foreign subgraph's code may be any text. */
const plainCode = /^[A-Za-z]\w{0,63}$/;

export function countError(record: OperationRecord, code: unknown): void {
  const name = typeof code !== 'string' ? 'INTERNAL' : plainCode.test(code) ? code : 'OTHER';
  record.errors[name] = (Object.hasOwn(record.errors, name) ? (record.errors[name] ?? 0) : 0) + 1;
}

/** Requests that are listed in a line of the log: enough to find the call that was slow. */
const mostJoined = 8;

/** Notes that a call on behalf of another request answers this one as well. */
export function noteJoined(record: OperationRecord, requestId: string): void {
  record.joined ??= new Set();
  if (record.joined.size < mostJoined) record.joined.add(requestId);
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

/** Says in a span what the operation was, and how it ended. */
export function describe(span: Span, record: OperationRecord, answered: { requestId: string; status?: number }): void {
  const { kind, operationName, hash, errors } = record;
  if (kind !== null) span.rename(operationName === null ? kind : `${kind} ${operationName}`);
  span.set({
    'ensemble.request.id': answered.requestId,
    ...(answered.status === undefined ? {} : { 'http.response.status_code': answered.status }),
    ...(kind === null ? {} : { 'graphql.operation.type': kind }),
    ...(operationName === null ? {} : { 'graphql.operation.name': operationName }),
    ...(hash === null ? {} : { 'ensemble.document.hash': hash }),
  });
  const [code] = Object.keys(errors);
  if (code !== undefined) span.fail(code);
}

/** The metrics of an operation that has ended. A subscription lasts as long as its client likes, so its time says nothing. */
function count({ kind, errors, startedAt }: OperationRecord): void {
  const codes = Object.keys(errors);
  for (const code of codes)
    operationErrors.inc({ code: Object.hasOwn(errorTable, code) ? code : 'other' }, errors[code]);
  if (kind === 'subscription') return;
  const outcome = codes.length > 0 ? 'errors' : 'ok';
  operationSeconds.observe({ kind: kind ?? 'unknown', outcome }, (performance.now() - startedAt) / 1_000);
}

/** Logs one line per operation, and counts it. */
export function logOperation(
  log: Logger,
  record: OperationRecord,
  info: RequestInfo | null,
  more: Record<string, unknown>,
): void {
  count(record);
  if (!log.isLevelEnabled('info')) return;
  log.info(
    {
      operation: record.operationName,
      kind: record.kind,
      document: record.hash,
      ms: tenths(performance.now() - record.startedAt),
      actor: info?.actor.id ?? null,
      universe: info?.universe,
      ...(Object.keys(record.errors).length > 0 ? { errors: record.errors } : {}),
      ...(record.joined ? { joined: [...record.joined] } : {}),
      ...more,
    },
    'operation',
  );
}
