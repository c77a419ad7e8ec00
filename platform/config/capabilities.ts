/** The path of the list of all planned capabilities: CAPABILITIES, else beside the checkout. It may be absent. */
export function readCapabilitiesConfig(env: Record<string, string | undefined> = process.env): { list: string } {
  return { list: env['CAPABILITIES'] || '../shared/capabilities.tsv' };
}
