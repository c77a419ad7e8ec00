import { parse, print, type DefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { audienceSchema, type AudienceRule } from '../../platform/subgraph/audience-schema.ts';
import { Guards } from '../authorization/guards.ts';
import { schemaOf } from './api-schema.ts';
import { hiding } from './hidden.ts';
import { turn } from './slices.ts';
import { keptDocuments, keptSubscriptions, type Parts, type SupergraphValue } from './value.ts';

/**
 * The supergraph as an audience sees it: with its own API schema, and what follows from it. Plans and subgraphs are those of the whole. Each
 * is made when the first client asks for it, in slices. Null for a name that is no audience.
 */
export function audiencesOf(
  whole: Parts,
  rules: readonly AudienceRule[],
  policiesClaim: string,
  assemble: (parts: Parts) => SupergraphValue,
): SupergraphValue['audience'] {
  const known = new Set(rules.flatMap(({ include }) => include));
  const made = new Map<string, Promise<SupergraphValue>>();
  return (name) => {
    const rule = rules.find((each) => each.name === name);
    if (!rule) return null;
    let value = made.get(name);
    if (!value) made.set(name, (value = narrowed(whole, rule, known, policiesClaim).then(assemble)));
    return value;
  };
}

async function narrowed(
  whole: Parts,
  rule: AudienceRule,
  known: ReadonlySet<string>,
  policiesClaim: string,
): Promise<Parts> {
  const all: DefinitionNode[] = [];
  for (const text of whole.apiPieces) {
    all.push(...parse(text, { noLocation: true }).definitions);
    await turn();
  }
  const { notes } = whole;
  const { definitions, hidden } = audienceSchema(all, (type, field) => notes.tags(type, field), rule, known);
  await turn();
  const apiPieces: string[] = [];
  for (const definition of definitions) apiPieces.push(`${print(definition)}\n\n`);
  const apiSchema = await schemaOf(definitions, hiding(hidden));
  return {
    ...whole,
    apiSchema,
    apiPieces,
    apiSdl: apiPieces.join(''),
    guards: new Guards({ apiSchema, notes }, policiesClaim),
    subscriptionPlans: new LRUCache(keptSubscriptions),
    documents: new LRUCache(keptDocuments),
  };
}
