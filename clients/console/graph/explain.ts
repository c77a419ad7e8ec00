import { isJsonList, isJsonObject } from '../result/json.ts';
import type { GraphResult } from './transport.ts';

/** Asks the gateway for cost and time, over HTTP and in the payload of a subscription. */
export const EXPLAIN_HEADER = 'ensemble-explain';
export const EXPLAIN = { explain: true } as const;

/** One limit, and how near the operation came to it. */
export interface LimitTold {
  readonly limit: string;
  readonly found: number;
  readonly allowed: number;
  readonly path: readonly string[];
  /** What to change, in words. */
  readonly advice: string;
}

/** What the gateway told of one operation. */
export interface Explained {
  /** Whose limits these are; empty where nobody said. */
  readonly role: string;
  /** The nearest to being reached first. */
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

/** What was told, and the clock of the server as it told it; null where nothing was. */
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

/** The answer as it would be if nobody had asked: cost and time have their own place in the page. */
export function withoutExplained(result: GraphResult): GraphResult {
  if (!result.extensions) return result;
  const { cost: _cost, timing: _timing, ...others } = result.extensions;
  const { extensions: _extensions, ...rest } = result;
  return Object.keys(others).length > 0 ? { ...rest, extensions: others } : rest;
}

/** An operation that was too much is told by its error, which names one limit. */
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

/** The names of limits as people say them. */
export const LIMIT_WORDS: Readonly<Record<string, string>> = {
  cost: 'objects that may be read',
  depth: 'levels',
  pageSize: 'page size',
  rootFields: 'root fields',
  aliases: 'aliases',
  fields: 'fields',
  tokens: 'words and signs',
  body: 'bytes',
};

/** How much of a limit is used, in whole percent; never 0 for something, nor 100 for less than all. */
export function percentOf({ found, allowed }: LimitTold): number {
  const share = (found / Math.max(allowed, 1)) * 100;
  if (share > 0 && share < 1) return 1;
  return share > 99 && share < 100 ? 99 : Math.round(share);
}
