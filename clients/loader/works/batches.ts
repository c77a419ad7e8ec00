import type { LineFault } from '../fault.ts';
import { lineAtMost, lineFaults, type FileLine } from '../read.ts';
import type { ImportLine, Mapping, ReadLine } from './line.ts';

/** Lines of one batch; the graph takes no more. */
export const batchLines = 500;

/**
 * Bytes of one batch as JSON. The gateway reads bodies of 1 MiB unless it is told otherwise; this leaves room for the
 * operation around the lines, and keeps the transaction short where texts are long.
 */
export const batchBytes = 512 * 1024;

export interface Batch {
  lines: ImportLine[];
  /** What the loader itself found at fault among these lines. */
  faults: LineFault[];
}

/** Reads a line; what is not JSON, not UTF-8 or too long is a fault with the line's number. */
export function readLine(fileLine: FileLine, mapping: Mapping): ReadLine {
  const { number, text } = fileLine;
  const fault = (code: string, message: string): ReadLine => ({
    fault: { line: number, field: null, code, message },
  });
  if (text === null) return fault(fileLine.fault, lineFaults[fileLine.fault]);
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    return fault('invalid_json', `The line is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = mapping(record, number);
  if ('fault' in read || bytesOf(read.line) <= lineAtMost) return read;
  return fault('too_big', `The line makes more than ${lineAtMost} bytes.`);
}

/**
 * Puts lines into batches, in order, by number and by bytes. A line at fault stays in its place as a number without anything
 * else: the graph rejects it, too, so that the figures of the run tell of every line of the file.
 */
export async function* batches(
  lines: AsyncIterable<FileLine>,
  mapping: Mapping,
  most: { lines: number; bytes: number },
): AsyncGenerator<Batch> {
  let batch: Batch = { lines: [], faults: [] };
  let bytes = 0;
  const seen = new Map<string, number>();
  for await (const each of lines) {
    const read = once(readLine(each, mapping), seen);
    const line = 'fault' in read ? { line: read.fault.line } : read.line;
    const size = bytesOf(line);
    if (batch.lines.length > 0 && (batch.lines.length >= most.lines || bytes + size > most.bytes)) {
      yield batch;
      batch = { lines: [], faults: [] };
      bytes = 0;
    }
    batch.lines.push(line);
    bytes += size;
    if ('fault' in read) batch.faults.push(read.fault);
  }
  if (batch.lines.length > 0) yield batch;
}

/**
 * The graph knows an id that stands twice in one batch. Between batches it would take the later line for a change of the
 * earlier one, and each run would change both anew.
 */
function once(read: ReadLine, seen: Map<string, number>): ReadLine {
  if ('fault' in read || read.line.sourceId === undefined) return read;
  const { line, sourceId } = read.line;
  const first = seen.get(sourceId);
  if (first === undefined) {
    seen.set(sourceId, line);
    return read;
  }
  const message = `The id ${sourceId} stands in line ${first} already.`;
  return { fault: { line, field: 'sourceId', code: 'duplicate_line', message } };
}

function bytesOf(line: ImportLine): number {
  return Buffer.byteLength(JSON.stringify(line)) + 1;
}
