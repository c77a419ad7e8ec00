import type { LineFault } from '../fault.ts';

/** One asset for `assetImport`: the graph's `AssetImportLineInput`. */
export interface ImportLine {
  line: number;
  sourceId?: string;
  title?: string;
  kind?: 'MUSIC' | 'ART' | 'COLLECTIBLE' | 'NFT' | 'DOCUMENT' | 'OTHER';
  description?: string;
  sourceUrl?: string;
  creators?: string[];
  classification?: string;
  department?: string;
  materials?: string;
  creationDate?: string;
  createdEarliest?: string;
  createdLatest?: string;
  acquiredOn?: string;
  accessionNumber?: string;
  creditLine?: string;
  provenanceText?: string;
  tags?: string[];
  details?: Record<string, unknown>;
  /** A category path: `art/prints`. */
  category?: string;
}

export type ReadLine = { line: ImportLine } | { fault: LineFault };

/** Maps a record of a source to an import line; a fault if the record has another shape. */
export type Mapping = (record: unknown, number: number) => ReadLine;
