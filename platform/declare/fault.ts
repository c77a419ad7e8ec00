/** A declaration of an OS is wrong or missing. The message names it and says what would be right. */
export class DeclarationFault extends Error {
  override name = 'DeclarationFault';
}
