import { cmoaCategories, cmoaLine } from './cmoa.ts';
import type { Mapping } from './line.ts';

/** A catalogue that the loader can read. */
export interface Source {
  /** What the assets carry as `source`; with the owner and the id it says which asset a line is. */
  name: string;
  /** The organization that its works belong to unless another one is named. */
  organization: string;
  mapping: Mapping;
  /** By classification, in lower case: the path of the category in which the graph shows such works. At most 100 paths. */
  categories: Readonly<Record<string, string>>;
}

export const sources: Readonly<Record<string, Source>> = {
  cmoa: { name: 'cmoa', organization: 'Carnegie Museum of Art', mapping: cmoaLine, categories: cmoaCategories },
};
