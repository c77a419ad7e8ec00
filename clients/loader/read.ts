import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { LoaderFault } from './fault.ts';

/** Bytes of one line. The longest of the catalogues we know has 5,400; a file without line ends is not read into memory whole. */
export const lineAtMost = 512 * 1024;

/** One line of the file: its number from 1, and its text without the line end; `null` when it was longer than allowed. */
export interface FileLine {
  number: number;
  text: string | null;
}

/**
 * The lines of an NDJSON file that hold something, read as a stream. A byte order mark and the carriage returns of Windows
 * are left out; empty lines are passed over and counted, so that numbers are those of an editor.
 */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  let number = 0;
  let parts: Buffer[] = [];
  let size = 0;
  const whole = (): FileLine | null => {
    number += 1;
    const text = size > lineAtMost ? null : textOf(Buffer.concat(parts), number);
    parts = [];
    size = 0;
    return text === '' ? null : { number, text };
  };
  for await (const chunk of streamOf(path)) {
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      take(chunk.subarray(from, to));
      const line = whole();
      if (line) yield line;
      from = to + 1;
    }
    take(chunk.subarray(from));
  }
  const last = size > 0 ? whole() : null;
  if (last) yield last;

  function take(part: Buffer): void {
    size += part.length;
    if (size <= lineAtMost) parts.push(part);
    else parts = [];
  }
}

/** What a file holds, by one reading of it beforehand. */
export interface Survey {
  /** Lines that hold something. */
  lines: number;
  /** The first characters of the SHA-256 of its bytes. */
  digest: string;
}

/** Counts the lines, for the progress to have an end, and takes the file's digest, for the run to have a name of its own. */
export async function survey(path: string): Promise<Survey> {
  const hash = createHash('sha256');
  for await (const chunk of streamOf(path)) hash.update(chunk);
  let lines = 0;
  for await (const line of readLines(path)) if (line) lines += 1;
  return { lines, digest: hash.digest('hex').slice(0, 12) };
}

async function* streamOf(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new LoaderFault(code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read: ${message}`);
  }
}

function textOf(bytes: Buffer, number: number): string {
  const text = bytes.toString('utf8').trim();
  return number === 1 && text.startsWith('\uFEFF') ? text.slice(1).trim() : text;
}
