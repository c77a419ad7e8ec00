import type { LineFault } from '../fault.ts';
import type { GraphClient } from '../graph/client.ts';
import { GraphError } from '../graph/errors.ts';
import { isPassing } from '../graph/patience.ts';
import { readLines } from '../read.ts';
import { batches, type Batch } from './batches.ts';
import type { ImportLine } from './line.ts';
import type { Source } from './sources.ts';

export const assetImport = /* GraphQL */ `
  mutation LoaderAssetImport($input: AssetImportInput!) {
    assetImport(input: $input) {
      created
      updated
      unchanged
      rejected {
        line
        field
        code
        message
      }
      import {
        id
      }
    }
  }
`;

/** Attempts of a whole batch: one that fails more often may be too much for its transaction, and is split in halves. */
const attemptsWhole = 3;

/** Faults kept in detail; the others are only counted. */
export const faultsKept = 1_000;

export interface ImportOptions {
  file: string;
  source: Source;
  ownerId: string;
  /** The name of this run in the graph; the same file again adds to the same run. */
  run: string;
  /** Number of lines in the file. */
  total: number;
  publish: boolean;
  most: { lines: number; bytes: number };
  /** Stops after the pending batch. */
  signal: AbortSignal;
  /** Called after each batch. */
  progressed: (summary: Summary, faults: LineFault[]) => void;
}

export interface Summary {
  /** The id of the run in the graph, once known. */
  importId: string | null;
  lines: number;
  created: number;
  updated: number;
  unchanged: number;
  rejected: number;
  faults: LineFault[];
  finished: boolean;
}

export function emptySummary(): Summary {
  return { importId: null, lines: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, faults: [], finished: false };
}

interface Answer {
  assetImport: {
    created: number;
    updated: number;
    unchanged: number;
    rejected: LineFault[];
    import: { id: string };
  };
}

/**
 * Imports a file, batch after batch: each is sent after the previous one was answered. Everything is idempotent, so that an interrupted
 * import starts again. Throws errors that a retry cannot fix; what was imported before stays.
 */
export async function importWorks(graph: GraphClient, options: ImportOptions, summary: Summary): Promise<void> {
  for await (const batch of batches(readLines(options.file), options.source.mapping, options.most)) {
    if (options.signal.aborted) return;
    await importBatch(graph, options, batch, summary);
  }
  summary.finished = true;
}

async function importBatch(graph: GraphClient, options: ImportOptions, batch: Batch, summary: Summary): Promise<void> {
  const { lines } = batch;
  const splits = lines.length > 1;
  try {
    count(summary, options, batch, await send(graph, options, lines, splits ? attemptsWhole : undefined));
  } catch (error) {
    if (!splits || !isTooMuch(error)) throw error;
    const middle = Math.ceil(lines.length / 2);
    for (const half of [lines.slice(0, middle), lines.slice(middle)]) {
      const numbers = new Set(half.map(({ line }) => line));
      const faults = batch.faults.filter(({ line }) => numbers.has(line));
      await importBatch(graph, options, { lines: half, faults }, summary);
    }
  }
}

function send(graph: GraphClient, options: ImportOptions, lines: ImportLine[], attempts?: number): Promise<Answer> {
  const { source, run, ownerId, total, publish } = options;
  const input = { source: source.name, run, ownerId, total, publish, lines };
  return graph.send<Answer>(assetImport, { input }, attempts);
}

/** The body exceeded the gateway's limit, or the transaction took too long. */
function isTooMuch(error: unknown): boolean {
  if (!(error instanceof GraphError)) return false;
  const { code, limit } = error.details;
  return (code === 'LIMIT_EXCEEDED' && limit === 'body') || (code === 'UNAVAILABLE' && isPassing(error));
}

/** Adds a batch's answer to the summary. Faults found by the loader replace the graph's for the same line. */
function count(summary: Summary, options: ImportOptions, batch: Batch, { assetImport: answer }: Answer): void {
  const own = new Map(batch.faults.map((fault) => [fault.line, fault]));
  const faults = answer.rejected.map((fault) => own.get(fault.line) ?? fault);
  summary.importId = answer.import.id;
  summary.lines += batch.lines.length;
  summary.created += answer.created;
  summary.updated += answer.updated;
  summary.unchanged += answer.unchanged;
  summary.rejected += faults.length;
  summary.faults.push(...faults.slice(0, faultsKept - summary.faults.length));
  options.progressed(summary, faults);
}
