/**
 * Closes the parts of a program one after the other, all of them even if one fails: leases and connections of the others must not stay
 * behind. Then throws the first error.
 */
export async function closeAll(parts: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of parts) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
