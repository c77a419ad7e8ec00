import { indexWords } from '../../../platform/search/index-words.ts';

/** The texts of an asset that are searched. */
export interface Searched {
  title: string;
  creators: readonly string[];
  classification?: string | null | undefined;
  department?: string | null | undefined;
  materials?: string | null | undefined;
  tags: readonly string[];
  accessionNumber?: string | null | undefined;
  description?: string | null | undefined;
  provenanceText?: string | null | undefined;
}

/** The words by which an asset is found, as the text of a tsvector: what it is called counts most, then who made it, then what it is. */
export function wordsOf(asset: Searched): string {
  const { title, creators, classification, department, materials, tags, accessionNumber } = asset;
  return indexWords({
    A: [title],
    B: creators,
    C: [classification, department, materials, ...tags, accessionNumber],
    D: [asset.description, asset.provenanceText],
  });
}
