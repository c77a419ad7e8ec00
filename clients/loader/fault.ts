/** Something that whoever started the loader can mend; its message is all that is shown. */
export class LoaderFault extends Error {
  override name = 'LoaderFault';
}

/** Why a line of a file was not taken in, whoever found it: the loader while reading or the graph afterwards. */
export interface LineFault {
  line: number;
  field: string | null;
  /** For programs: `invalid_json`, `too_big`, `duplicate_line` and the like. */
  code: string;
  message: string;
}
