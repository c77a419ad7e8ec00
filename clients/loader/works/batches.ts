import type { LineFault } from '../fault.ts';
import { lineAtMost, lineFaults, type FileLine } from '../read.ts';
import type { ImportLine, Mapping, ReadLine } from './line.ts';

/** Lines of one batch; the graph allows no more. */
export const batchLines = 500;

/**
 * Bytes of one batch as JSON. By default the gateway reads bodies of up to 1 MiB; this leaves room for the operation around the lines,
 * and keeps the transaction short if texts are long.
 */
export const batchBytes = 512 * 1024;

export interface Batch {
  lines: ImportLine[];
  /** The faults that the loader itself found in these lines. */
  faults: LineFault[];
}

/** Reads a line; a fault if it is not JSON, not UTF-8 or too long. */
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
  return fault('too_big', `The line takes more than ${lineAtMost} bytes.`);
}

/**
 * Groups lines into batches, in order, by number and by bytes. An invalid line is sent with nothing but its number: the graph rejects
 * it, too, so that the figures of the run cover every line of the file.
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
 * The graph detects an id that appears twice in one batch. Across batches it would treat the later line as a change of the earlier
 * one, and each run would change both again.
 */
function once(read: ReadLine, seen: Map<string, number>): ReadLine {
  if ('fault' in read || read.line.sourceId === undefined) return read;
  const { line, sourceId } = read.line;
  const first = seen.get(sourceId);
  if (first === undefined) {
    seen.set(sourceId, line);
    return read;
  }
  const message = `The id ${sourceId} is already in line ${first}.`;
  return { fault: { line, field: 'sourceId', code: 'duplicate_line', message } };
}

function bytesOf(line: ImportLine): number {
  return Buffer.byteLength(JSON.stringify(line)) + 1;
}
