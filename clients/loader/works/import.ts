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

/** A batch that fails this often may be too much for its transaction: it goes on in halves. */
const attemptsWhole = 3;

/** Faults that are kept in words; the others are counted. */
export const faultsKept = 1_000;

export interface ImportOptions {
  file: string;
  source: Source;
  ownerId: string;
  /** What this run is called in the graph; the same file again adds to the same run. */
  run: string;
  /** How many lines the file has. */
  total: number;
  publish: boolean;
  most: { lines: number; bytes: number };
  /** Stops after the batch that is on its way. */
  signal: AbortSignal;
  /** Told after each batch. */
  progressed: (summary: Summary, faults: LineFault[]) => void;
}

export interface Summary {
  /** The run in the graph, once there is one. */
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
 * Imports a file, batch after batch: the next one is read while the graph takes one in, and none is sent before the one before
 * it was answered. Everything may be done twice, so that whoever was interrupted begins anew. Throws what cannot be mended by
 * trying again; what was taken in before stays.
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

/** The body was more than this gateway reads, or the transaction took longer than it may. */
function isTooMuch(error: unknown): boolean {
  if (!(error instanceof GraphError)) return false;
  const { code, limit } = error.details;
  return (code === 'LIMIT_EXCEEDED' && limit === 'body') || (code === 'UNAVAILABLE' && isPassing(error));
}

/** Takes a batch's answer into the summary. Where the loader found the fault itself, its words stand for the graph's. */
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
