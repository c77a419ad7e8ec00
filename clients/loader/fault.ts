/** Something that whoever started the loader can mend; its message is all that is shown. */
export class LoaderFault extends Error {
  override name = 'LoaderFault';
}
