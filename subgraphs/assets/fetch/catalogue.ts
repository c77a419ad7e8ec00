import { Invalid } from '../../../platform/errors/errors.ts';
import { normalJson } from '../../../platform/input/normal.ts';
import { jsonFault } from '../../../platform/scalars/nesting.ts';
import { checkLines, lineFields, type CheckedLine, type ImportLine } from '../import/import-line.ts';
import { lineFault, type LineFault } from '../import/line-fault.ts';

/** Lines and bytes per batch, the same as in one call of `assetImport`. */
const linesAtMost = 500;
const bytesAtMost = 1_048_576;
/** Bytes per line: the same. */
const lineAtMost = bytesAtMost;
const newline = 0x0a;

export interface CatalogueBatch {
  lines: CheckedLine[];
  /** The number of the last line, and the offset of the next one. */
  line: number;
  end: number;
}

interface RawLine {
  /** Null if the line is too long for memory. */
  bytes: Buffer | null;
  end: number;
}

/**
 * The lines of a catalogue from an offset on, in batches. An unreadable line is reported as invalid; empty ones are counted and
 * skipped.
 */
export async function* batchesOf(
  body: AsyncIterable<Buffer>,
  from: { line: number; offset: number },
): AsyncGenerator<CatalogueBatch> {
  let { line } = from;
  let batch: (ImportLine | { fault: LineFault })[] = [];
  let size = 0;
  let end = from.offset;
  const taken = (): CatalogueBatch => {
    const done = { lines: checked(batch), line, end };
    batch = [];
    size = 0;
    return done;
  };
  for await (const raw of linesOf(body, from.offset)) {
    const length = raw.bytes?.length ?? 0;
    if (batch.length >= linesAtMost || (batch.length > 0 && size + length > bytesAtMost)) yield taken();
    line += 1;
    end = raw.end;
    size += length;
    const read = raw.bytes === null ? tooLong(line) : readLine(raw.bytes, line);
    if (read) batch.push(read);
  }
  // Also if only empty lines are left, so that they are not read again.
  if (end > from.offset) yield taken();
}

/** Whole lines without their line ends. */
async function* linesOf(body: AsyncIterable<Buffer>, offset: number): AsyncGenerator<RawLine> {
  let pending: Buffer[] = [];
  let held = 0;
  let isTooLong = false;
  let at = offset;
  const line = (): RawLine => {
    const bytes = isTooLong ? null : Buffer.concat(pending);
    pending = [];
    held = 0;
    isTooLong = false;
    return { bytes, end: at };
  };
  const hold = (piece: Buffer): void => {
    held += piece.length;
    if (held > lineAtMost) {
      isTooLong = true;
      pending = [];
    } else pending.push(piece);
  };
  for await (const chunk of body) {
    let start = 0;
    for (let stop = chunk.indexOf(newline); stop >= 0; stop = chunk.indexOf(newline, start)) {
      hold(chunk.subarray(start, stop));
      at += stop + 1 - start;
      start = stop + 1;
      yield line();
    }
    hold(chunk.subarray(start));
    at += chunk.length - start;
  }
  if (held > 0) yield line();
}

function readLine(bytes: Buffer, line: number): ImportLine | { fault: LineFault } | null {
  const fault = (code: string, message: string, field: string | null = null) => ({
    fault: lineFault({ line, field, code, message }),
  });
  let text: string;
  try {
    // This also removes a byte order mark.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    return fault('invalid_format', 'The line is not UTF-8.');
  }
  if (text === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fault('invalid_format', 'The line is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fault('invalid_type', 'The line is not a JSON object.');
  for (const [name, each] of Object.entries(value)) {
    if (!lineFields.has(name))
      return fault('unrecognized_keys', 'There is no such field. Put further fields of the source into details.', name);
    const tooDeep = jsonFault(each);
    if (tooDeep !== null) return fault('invalid_format', tooDeep, name);
  }
  try {
    return { ...(normalJson(value, 'line') as Partial<ImportLine>), line };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return fault('too_big', 'The line contains too many values.');
  }
}

function tooLong(line: number): { fault: LineFault } {
  return {
    fault: { line, field: null, code: 'too_big', message: `The line is too long: at most ${lineAtMost} bytes.` },
  };
}

function checked(batch: readonly (ImportLine | { fault: LineFault })[]): CheckedLine[] {
  const faults = batch.filter((each) => 'fault' in each);
  return [...faults, ...checkLines(batch.filter((each): each is ImportLine => !('fault' in each)))];
}
