import { put, type Data } from '../execution/merge.ts';

/**
 * A copy of an answer: its objects and lists anew, scalars as they are, including those that are instances of a class. Without recursion,
 * because a scalar may be JSON of any depth.
 */
export function copyOf<T>(value: T): T {
  const root = emptyLike(value);
  if (root === null) return value;
  const pending: unknown[] = [value, root];
  while (pending.length > 0) {
    const to = pending.pop();
    const from = pending.pop();
    if (Array.isArray(from)) {
      for (const item of from as unknown[]) {
        const empty = emptyLike(item);
        if (empty !== null) pending.push(item, empty);
        (to as unknown[]).push(empty ?? item);
      }
      continue;
    }
    for (const key of Object.keys(from as Data)) {
      const item = (from as Data)[key];
      const empty = emptyLike(item);
      if (empty !== null) pending.push(item, empty);
      put(to as Data, key, empty ?? item);
    }
  }
  return root as T;
}

/** An empty list or object for a list or plain object; null for everything else. */
function emptyLike(value: unknown): unknown[] | Data | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return [];
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? {} : null;
}
