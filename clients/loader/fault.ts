/** An error that the user of the loader can fix; only its message is shown. */
export class LoaderFault extends Error {
  override name = 'LoaderFault';
}

/** Why a line of a file was not imported, found by the loader or by the graph. */
export interface LineFault {
  line: number;
  field: string | null;
  /** For programs: `invalid_json`, `too_big`, `duplicate_line` and the like. */
  code: string;
  message: string;
}
