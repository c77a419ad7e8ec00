/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import type { FetchDataRewrite, FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  GraphQLError,
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type FieldNode,
} from 'graphql';
import { rewrittenPath } from '../../execution/representations.ts';
import type { Planned, RequiredPath } from '../messages.ts';
import { callsOf, entityFields, inlined, variablesIn, withFields } from './entity-calls.ts';
import { chosenOf } from './chosen.ts';
import { representing, type Represented } from './represented.ts';
import { needsOf, type Variants } from './variants.ts';

interface Adapting {
  variants: Variants;
  subtypes: ReadonlyMap<string, ReadonlySet<string>>;
  required: RequiredPath[];
}

/**
 * A plan of the supergraph with variants as a plan of the real one: subgraphs are asked for the fields with their arguments, under the
 * variants' names, and get them in representations under their own names.
 */
export function withoutVariants(plan: QueryPlan, variants: Variants, subtypes: Adapting['subtypes']): Planned {
  if (variants.byName.size === 0 || !plan.node) return plan;
  const adapting: Adapting = { variants, subtypes, required: [] };
  if (plan.node.kind !== 'Subscription') {
    const node = adapt(plan.node, [], adapting);
    return { ...plan, node, required: adapting.required };
  }
  const { primary, rest } = plan.node;
  const node = {
    ...plan.node,
    primary: rootFetch(primary, variants),
    ...(rest ? { rest: adapt(rest, [], adapting) } : {}),
  };
  return { ...plan, node, required: adapting.required };
}

function adapt(node: PlanNode, path: readonly string[], adapting: Adapting): PlanNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((each) => adapt(each, path, adapting)) };
    case 'Flatten': {
      const below = node.path.map(String).filter((step) => step !== '@');
      return { ...node, node: adapt(node.node, [...path, ...below], adapting) };
    }
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause ? { ifClause: adapt(node.ifClause, path, adapting) } : {}),
        ...(node.elseClause ? { elseClause: adapt(node.elseClause, path, adapting) } : {}),
      };
    case 'Fetch':
      return node.requires ? entityFetch(node, node.requires, path, adapting) : rootFetch(node, adapting.variants);
    case 'Defer':
      return node;
  }
}

function rootFetch(node: FetchNode, variants: Variants): FetchNode {
  const document = withOriginals(parse(node.operation, { noLocation: true }), variants);
  return document ? { ...node, operation: compact(document) } : node;
}

/** One call, or several in parallel where the fields need one field with different arguments: a representation has one place for it. */
function entityFetch(
  node: FetchNode,
  requires: NonNullable<FetchNode['requires']>,
  path: readonly string[],
  { variants, subtypes, required }: Adapting,
): PlanNode {
  const parsed = parse(node.operation, { noLocation: true });
  const document = withOriginals(parsed, variants) ?? parsed;
  const whole = inlined(document);
  const fields = entityFields(whole);
  const calls = callsOf(fields, node.serviceName, variants);
  const sent = new Set<string>();
  const nodes = calls.map((call): FetchNode => {
    const represented = representing(requires, chosenOf(call.needs), variants, subtypes);
    for (const { variant } of represented.places) sent.add(variant);
    noteRequired(represented.places, call.fields, path, node, required, variants);
    const own = calls.length === 1 ? document : withFields(whole, new Set(call.fields.map(({ field }) => field)));
    const rewrites: FetchDataRewrite[] = [...(node.inputRewrites ?? []), ...represented.rewrites];
    return {
      ...node,
      requires: represented.selections,
      operation: own === parsed ? node.operation : compact(own),
      ...(calls.length === 1 ? {} : { variableUsages: variablesIn(own).filter((name) => name !== 'representations') }),
      ...(rewrites.length > 0 ? { inputRewrites: rewrites } : {}),
    };
  });
  for (const [name, { field }] of variants.byName)
    if (!sent.has(name) && requiresField(requires, name))
      throw new GraphQLError(
        `${node.serviceName} requires "${field}" with arguments at "${path.join('.')}", where the gateway cannot tell for which field: select fewer fields there.`,
        { extensions: { code: 'BAD_QUERY' } },
      );
  const [only] = nodes;
  return nodes.length === 1 && only ? only : { kind: 'Parallel', nodes };
}

function requiresField(requires: NonNullable<FetchNode['requires']>, name: string): boolean {
  return requires.some(
    (each) =>
      (each.kind === 'Field' && each.name === name) || (each.selections && requiresField(each.selections, name)),
  );
}

/** Notes which of the client's fields are null where a variant fails: the errors of a variant are theirs. */
function noteRequired(
  places: Represented['places'],
  fields: ReturnType<typeof entityFields>,
  path: readonly string[],
  { serviceName, outputRewrites }: FetchNode,
  required: RequiredPath[],
  variants: Variants,
): void {
  for (const { at, variant, names } of places) {
    const told = fields
      .filter(({ type, field }) =>
        needsOf(variants, serviceName, type, field.name.value).some(
          (need) => need.at === at && need.variant === variant,
        ),
      )
      .map(({ field }) => String(rewrittenPath([(field.alias ?? field.name).value], outputRewrites)[0]));
    if (told.length > 0) required.push({ path: [...path, ...names], entity: path.length, fields: [...new Set(told)] });
  }
}

/** The document with the fields behind variants; null if it has none. */
function withOriginals(document: DocumentNode, { byName }: Variants): DocumentNode | null {
  let found = false;
  const original = visit(document, {
    Field(field): FieldNode | undefined {
      const variant = byName.get(field.name.value);
      if (!variant) return undefined;
      found = true;
      return {
        ...field,
        alias: field.alias ?? field.name,
        name: { kind: Kind.NAME, value: variant.field },
        arguments: variant.arguments,
      };
    },
  });
  return found ? original : null;
}

function compact(document: DocumentNode): string {
  return stripIgnoredCharacters(print(document));
}
