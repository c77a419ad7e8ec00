import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { LoaderFault } from './fault.ts';

/** Bytes of one line. The longest in known catalogues has 5,400; a file without line breaks is not read into memory whole. */
export const lineAtMost = 512 * 1024;

/** One line of the file: its number from 1, and its text without the line end, or its fault. */
export type FileLine = { number: number; text: string } | { number: number; text: null; fault: 'too_big' | 'not_utf8' };

/** The messages for lines that could not be read. */
export const lineFaults = {
  too_big: `The line has more than ${lineAtMost} bytes.`,
  not_utf8: 'The line is not UTF-8 (perhaps Windows-1252 or Latin-1). Save the file as UTF-8.',
};

const [lineFeed, carriageReturn] = [10, 13];

/**
 * The non-blank lines of a text file, as a stream: UTF-8, or UTF-16, recognised by its byte order mark or by zero bytes. LF, CRLF and CR
 * end a line, even mixed: none of them occurs inside a line of NDJSON, where strings escape them. Blank lines are skipped but
 * counted, so that numbers are those of an editor.
 */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  let number = 0;
  let parts: Buffer[] = [];
  let size = 0;
  let afterReturn = false;
  const whole = (): FileLine | null => {
    number += 1;
    const line = size > lineAtMost ? ({ number, text: null, fault: 'too_big' } as const) : lineOf(parts, number);
    parts = [];
    size = 0;
    return line.text?.trim() === '' ? null : line;
  };
  for await (const chunk of utf8Of(path)) {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte !== lineFeed && byte !== carriageReturn) {
        afterReturn = false;
        continue;
      }
      // The line feed of CRLF ends no further line, even if a chunk ends between the two.
      if (byte === lineFeed && afterReturn) {
        afterReturn = false;
        from = at + 1;
        continue;
      }
      afterReturn = byte === carriageReturn;
      take(chunk.subarray(from, at));
      const line = whole();
      if (line) yield line;
      from = at + 1;
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

/** The result of reading a file once beforehand. */
export interface Survey {
  /** Number of non-blank lines. */
  lines: number;
  /** The first characters of the SHA-256 of its bytes. */
  digest: string;
}

/** Counts the lines, for the progress bar, and computes the file's digest, for the name of the run. */
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

/** The bytes of a file as UTF-8, from either Unicode encoding. */
async function* utf8Of(path: string): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | null | undefined;
  for await (const chunk of streamOf(path)) {
    decoder ??= decoderOf(chunk);
    yield decoder ? Buffer.from(decoded(path, decoder, chunk), 'utf8') : chunk;
  }
  if (decoder) decoded(path, decoder);
}

/** Neither JSON nor CSV contains a zero byte, so one among the first two shows the byte order of UTF-16. */
function decoderOf([first, second]: Buffer): TextDecoder | null {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0))
    return new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });
  if ((first === 0xfe && second === 0xff) || first === 0)
    return new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });
  return null;
}

function decoded(path: string, decoder: TextDecoder, chunk?: Buffer): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new LoaderFault(`${path} starts as UTF-16 but is not valid UTF-16. Save it as UTF-8.`);
  }
}

function lineOf(parts: readonly Buffer[], number: number): FileLine {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
    return { number, text: number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text };
  } catch {
    return { number, text: null, fault: 'not_utf8' };
  }
}
