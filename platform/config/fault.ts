/** Invalid configuration. The message names the variable, flag or file. */
export class ConfigFault extends Error {
  override name = 'ConfigFault';
}
