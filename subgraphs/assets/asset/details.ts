/**
 * Bytes of an asset's details as JSON. The longest in the catalogues we know have a few thousand; the fact of an edit contains them twice,
 * before and after.
 */
export const detailsAtMost = 128_000;

/** What is wrong with the size of details, as a sentence; `null` if nothing is. */
export function detailsFault(details: unknown): string | null {
  const bytes = Buffer.byteLength(JSON.stringify(details));
  return bytes > detailsAtMost ? `They have ${bytes} bytes as JSON; at most ${detailsAtMost} are possible.` : null;
}
