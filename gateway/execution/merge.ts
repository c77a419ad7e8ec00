/** Data as subgraphs answer it. */
export type Data = Record<string, unknown>;

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function own(data: Data, key: string): unknown {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

/** Sets a key. Clients choose response keys, and may choose `__proto__`, whose assignment would change the prototype. */
export function put(data: Data, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(data, key, { configurable: true, enumerable: true, writable: true, value });
  else data[key] = value;
}

/** Merges an answer into the data so far: objects by key, lists of equal length by index. Any other value replaces the existing one. */
export function merge(target: Data, source: Data | null | undefined): void {
  // Objects in an answer to one representation of several equal ones belong to all of them.
  if (!source || target === source) return;
  for (const key of Object.keys(source)) {
    const value = source[key];
    if (value === undefined) continue;
    if (typeof value !== 'object' || value === null) {
      put(target, key, value);
      continue;
    }
    const there = own(target, key);
    if (isData(there) && isData(value)) merge(there, value);
    else if (Array.isArray(there) && Array.isArray(value) && there.length === value.length) mergeLists(there, value);
    else put(target, key, value);
  }
}

function mergeLists(target: unknown[], source: readonly unknown[]): void {
  if (target === source) return;
  for (const [n, value] of source.entries()) {
    const there = target[n];
    if (isData(there) && isData(value)) merge(there, value);
    else if (Array.isArray(there) && Array.isArray(value) && there.length === value.length) mergeLists(there, value);
    else target[n] = value;
  }
}
