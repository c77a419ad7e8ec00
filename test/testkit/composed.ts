import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import type { GraphQLSchema } from 'graphql';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { composeSupergraph } from '../../schema/contracts.ts';
import { testCache } from './template.ts';

export interface Composed {
  sdl: string;
  /** The schema that clients see. */
  schema: GraphQLSchema;
}

const known = new Map<string, Composed>();
const { version } = createRequire(import.meta.url)('@apollo/composition/package.json') as { version: string };

/**
 * The supergraph of these OSes: read once per process, and composed once for all processes until a contract changes, which saves each
 * worker a second.
 */
export function composed(subgraphs: readonly Subgraph[]): Composed {
  const hash = hashOf(JSON.stringify([version, subgraphs.map((each) => [each.name, buildSubgraph(each).sdl])]));
  const before = known.get(hash);
  if (before) return before;
  const sdl = kept(hash) ?? keep(hash, composeSupergraph(subgraphs));
  const schema = Supergraph.build(sdl, { validateSupergraph: false }).apiSchema().toGraphQLJSSchema();
  const made = { sdl, schema };
  known.set(hash, made);
  return made;
}

const folder = join(testCache, 'supergraphs');

function kept(hash: string): string | null {
  try {
    return readFileSync(join(folder, hash), 'utf8');
  } catch {
    // Not composed yet.
    return null;
  }
}

function keep(hash: string, sdl: string): string {
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `${hash}.${process.pid}`);
  writeFileSync(draft, sdl);
  renameSync(draft, join(folder, hash));
  return sdl;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
