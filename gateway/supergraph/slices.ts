/** Milliseconds for which the event loop is held in one go: what waits meanwhile hardly notices. */
const longestSlice = 8;

/** Lets the event loop turn once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does something for each item, and lets the event loop turn in between whenever a slice of time is used up. */
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
