/**
 * Where the list of all wanted capabilities stands: CAPABILITIES, else beside the checkout. It is no part of the project, so it
 * may be absent.
 */
export function readCapabilitiesConfig(env: Record<string, string | undefined> = process.env): { list: string } {
  return { list: env['CAPABILITIES'] || '../shared/capabilities.tsv' };
}
