import { indexWords } from '../../../platform/search/index-words.ts';

/** The searched texts of an asset. */
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

/** The words of an asset for searching, as the text of a tsvector: the title weighs most, then the creators, then classifications. */
export function wordsOf(asset: Searched): string {
  const { title, creators, classification, department, materials, tags, accessionNumber } = asset;
  return indexWords({
    A: [title],
    B: creators,
    C: [classification, department, materials, ...tags, accessionNumber],
    D: [asset.description, asset.provenanceText],
  });
}
