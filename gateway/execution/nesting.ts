/** Whether a value of JSON nests deeper than this. Level by level, since recursion would overflow the stack. */
export function nestsDeeper(value: unknown, levels: number): boolean {
  let level = [value].filter(isNested);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= levels) return true;
    const next: object[] = [];
    for (const each of level)
      for (const key in each) {
        const inner: unknown = (each as Record<string, unknown>)[key];
        if (isNested(inner)) next.push(inner);
      }
    level = next;
  }
  return false;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
