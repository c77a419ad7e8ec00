import { cmoaCategories, cmoaLine } from './cmoa.ts';
import type { Mapping } from './line.ts';

/** A catalogue that the loader can read. */
export interface Source {
  /** The `source` of its assets; with the owner and the id it identifies the asset of a line. */
  name: string;
  /** The default owner of its works. */
  organization: string;
  mapping: Mapping;
  /** Category paths by classification, in lower case. At most 100 paths. */
  categories: Readonly<Record<string, string>>;
}

export const sources: Readonly<Record<string, Source>> = {
  cmoa: { name: 'cmoa', organization: 'Carnegie Museum of Art', mapping: cmoaLine, categories: cmoaCategories },
};
