import { LoaderFault } from '../fault.ts';
import { isHidden, pathOf } from './path.ts';

/** Files of one run: enough for a large collection, and their list still fits into memory. */
export const filesAtMost = 10_000;

/** Bytes of the largest file that the graph accepts, a film of 1 GiB. */
export const fileBytesAtMost = 1_073_741_824;

/** Why a file was not loaded, found by the loader or by the graph. */
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
  /** The location of its bytes; a temporary file for an entry of an archive. */
  file: string;
  size: number;
}

/** The contents of a folder or an archive. */
export class Findings {
  readonly files: FoundFile[] = [];
  readonly faults: PathFault[] = [];
  /** Number of hidden files, and of files that systems add to folders and archives. */
  passedOver = 0;
  readonly #paths = new Set<string>();

  /** The normalized path of an entry; null if it is skipped or has a fault. */
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
      this.fault(path, 'duplicate_path', 'There are two files of this name; the first one is loaded.');
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

/** An endless list would fill the memory. */
function tooMany(): LoaderFault {
  return new LoaderFault(`At most ${filesAtMost} files are loaded at once. Load the folders one by one.`);
}

/** A name without control characters that could manipulate a terminal; at most 300 characters. */
function printable(name: string): string {
  // oxlint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\uFFFD').slice(0, 300);
}
