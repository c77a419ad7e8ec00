import { isJsonList, isJsonObject } from '../../sdk/json.ts';
import type { GraphResult } from '../../sdk/transport.ts';

/** Requests cost and timing from the gateway, over HTTP and in the payload of a subscription. */
export const EXPLAIN_HEADER = 'ensemble-explain';
export const EXPLAIN = { explain: true } as const;

/** One limit, and how much of it the operation used. */
export interface LimitTold {
  readonly limit: string;
  readonly found: number;
  readonly allowed: number;
  readonly path: readonly string[];
  /** What to change. */
  readonly advice: string;
}

/** The gateway's explanation of one operation. */
export interface Explained {
  /** The role whose limits apply; empty if unknown. */
  readonly role: string;
  /** The most used limit first. */
  readonly limits: readonly LimitTold[];
  readonly timing: TimingTold | null;
}

/** Milliseconds. */
export interface TimingTold {
  readonly total: number;
  readonly admission: number;
  readonly planning: number;
  readonly execution: number;
}

/** The explanation in a result, and the server's clock at that time; null if there is none. */
export function explainedIn(result: GraphResult): { explained: Explained; at: number | null } | null {
  const { cost, timing } = result.extensions ?? {};
  if (!isJsonObject(cost)) return refusedIn(result);
  const limits = isJsonList(cost['limits']) ? cost['limits'].flatMap(limitIn) : [];
  const at = isJsonObject(timing) ? Date.parse(String(timing['at'])) : Number.NaN;
  return {
    explained: { role: String(cost['role'] ?? ''), limits, timing: timingIn(timing) },
    at: Number.isNaN(at) ? null : at,
  };
}

/** The result without the explanation, which the page shows separately. */
export function withoutExplained(result: GraphResult): GraphResult {
  if (!result.extensions) return result;
  const { cost: _cost, timing: _timing, ...others } = result.extensions;
  const { extensions: _extensions, ...rest } = result;
  return Object.keys(others).length > 0 ? { ...rest, extensions: others } : rest;
}

/** For an operation that exceeded a limit: its error, which names that limit. */
function refusedIn({ errors }: GraphResult): { explained: Explained; at: null } | null {
  const error = errors?.find((one) => one.extensions?.code === 'LIMIT_EXCEEDED');
  if (!error) return null;
  const advice = /: (.+?)( \(more is allowed.*)?\.$/.exec(error.message)?.[1] ?? '';
  const limits = limitIn({ ...error.extensions, advice });
  return limits.length > 0 ? { explained: { role: '', limits, timing: null }, at: null } : null;
}

function limitIn(value: unknown): LimitTold[] {
  if (!isJsonObject(value)) return [];
  const { limit, found, allowed, path, advice } = value;
  if (typeof limit !== 'string' || typeof found !== 'number' || typeof allowed !== 'number') return [];
  return [{ limit, found, allowed, path: isJsonList(path) ? path.map(String) : [], advice: String(advice ?? '') }];
}

function timingIn(value: unknown): TimingTold | null {
  if (!isJsonObject(value)) return null;
  const { total, admission, planning, execution } = value;
  const parts = [total, admission, planning, execution];
  return parts.every((part) => typeof part === 'number')
    ? ({ total, admission, planning, execution } as TimingTold)
    : null;
}

/** The display names of limits. */
export const LIMIT_WORDS: Readonly<Record<string, string>> = {
  cost: 'estimated objects',
  depth: 'levels',
  pageSize: 'page size',
  rootFields: 'root fields',
  aliases: 'aliases',
  fields: 'fields',
  tokens: 'tokens',
  body: 'bytes',
};

/** The used part of a limit, in percent; never 0 if anything is used, nor 100 unless all is. */
export function percentOf({ found, allowed }: LimitTold): number {
  const share = (found / Math.max(allowed, 1)) * 100;
  if (share > 0 && share < 1) return 1;
  return share > 99 && share < 100 ? 99 : Math.round(share);
}
