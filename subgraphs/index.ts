import type { Subgraph } from '../platform/subgraph/subgraph.ts';
import { systems } from './registry.ts';

/** Every OS of the house, loaded. */
export const subgraphs: readonly Subgraph[] = await Promise.all(Object.values(systems).map((load) => load()));
