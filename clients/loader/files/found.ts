import { LoaderFault } from '../fault.ts';
import { isHidden, pathOf } from './path.ts';

/** Files of one run: a collection of some size, whose list still fits into memory. */
export const filesAtMost = 10_000;

/** Bytes of the largest file that the graph takes, a film of 1 GiB. */
export const fileBytesAtMost = 1_073_741_824;

/** Why a file was not loaded, whoever found it: the loader or the graph. */
export interface PathFault {
  path: string;
  /** For programs: `unsafe_path`, `symlink`, `duplicate_content` and the like. */
  code: string;
  message: string;
}

/** A file whose bytes are on this machine. */
export interface FoundFile {
  /** Below the folder or in the archive, with `/` between names. */
  path: string;
  /** Where its bytes are; for an entry of an archive a temporary file. */
  file: string;
  size: number;
}

/** What a folder or an archive holds. */
export class Findings {
  readonly files: FoundFile[] = [];
  readonly faults: PathFault[] = [];
  /** Hidden files, and those that systems add to folders and archives. */
  passedOver = 0;
  readonly #paths = new Set<string>();

  /** The path under which an entry is known; null where it is passed over or at fault. */
  admit(name: string): string | null {
    const read = pathOf(name);
    if ('code' in read) {
      this.fault(name, read.code, read.message);
      return null;
    }
    const { path } = read;
    if (isHidden(path)) {
      this.passedOver += 1;
      return null;
    }
    if (this.#paths.has(path)) {
      this.fault(path, 'duplicate_path', 'There are two files of this name; the first one counts.');
      return null;
    }
    if (this.#paths.size >= filesAtMost) throw tooMany();
    this.#paths.add(path);
    return path;
  }

  fault(name: string, code: string, message: string): void {
    if (this.faults.length >= filesAtMost) throw tooMany();
    this.faults.push({ path: printable(name), code, message });
  }
}

/** A list without an end would fill the memory. */
function tooMany(): LoaderFault {
  return new LoaderFault(`At most ${filesAtMost} files are loaded at once. Load the folders one by one.`);
}

/** A name that cannot change what a terminal shows; at most 300 characters. */
function printable(name: string): string {
  // oxlint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\uFFFD').slice(0, 300);
}
