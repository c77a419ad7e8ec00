/** Milliseconds for which the event loop may be blocked: barely noticeable for other work. */
const longestSlice = 4;

/** Yields to the event loop once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Processes each item, and yields to the event loop whenever a slice of time is used up. */
export async function inSlices<T>(
  items: Iterable<T>,
  work: (item: T) => void,
  now: () => number = () => performance.now(),
): Promise<void> {
  let began = now();
  for (const item of items) {
    work(item);
    if (now() - began < longestSlice) continue;
    await turn();
    began = now();
  }
}
