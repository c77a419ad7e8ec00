import { subgraphs } from '../../subgraphs/index.ts';
import { composed, type Composed } from './composed.ts';

/** The supergraph of every OS. Importing this file loads all of them. */
export function registrySupergraph(): Composed {
  return composed(subgraphs);
}
