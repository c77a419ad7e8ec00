import type { LineFault } from '../fault.ts';

/** One asset as `assetImport` takes it: `AssetImportLineInput` of the graph. */
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
  /** A path: `art/prints`. */
  category?: string;
}

export type ReadLine = { line: ImportLine } | { fault: LineFault };

/** Makes a line of a record of some source; the fault when the record has not the shape that the source's records have. */
export type Mapping = (record: unknown, number: number) => ReadLine;
