/** Runs in the planner's thread too. Erasable TypeScript: Node loads it there by stripping its types. */
import { Kind, parse, print, visit, type ConstDirectiveNode, type ConstValueNode, type DocumentNode } from 'graphql';

/** The specifications whose directives are read, and the directives of each. */
const specs: ReadonlyMap<string, readonly string[]> = new Map([
  ['cost', ['cost', 'listSize']],
  ['authenticated', ['authenticated']],
  ['requiresScopes', ['requiresScopes']],
  ['policy', ['policy']],
]);

/** The specifications that restrict who sees what; only a router that enforces them may run such a supergraph. */
export const guardFeatures = ['authenticated', 'requiresScopes', 'policy'].map(
  (name) => `https://specs.apollo.dev/${name}/v0.1`,
);

const specUrl = /^https:\/\/specs\.apollo\.dev\/(\w+)\/v\d/;

/**
 * The supergraph with the directives of these specifications under their own names. `@link` may rename them, and another specification
 * may use such a name for something else; those get a name that nothing reads.
 */
export function withSpecNames(document: DocumentNode): DocumentNode {
  const names = namesOf(document);
  const known = new Set([...specs.values()].flat());
  const isPlain = [...known].every((name) => names.get(name) === name);
  if (isPlain) return document;
  return visit(document, {
    Directive(node) {
      const given = node.name.value;
      const name = names.get(given) ?? (known.has(given) ? `other__${given}` : given);
      return name === given ? undefined : { ...node, name: { ...node.name, value: name } };
    },
    DirectiveDefinition: () => false,
  });
}

/**
 * The supergraph for the stock gateway, which refuses features that are for security. Ours are enforced before it gets an operation.
 */
export function withoutGuardPurposes(sdl: string): string {
  if (!guardFeatures.some((url) => sdl.includes(url))) return sdl;
  const document = visit(parse(sdl, { noLocation: true }), {
    Directive(node) {
      const isGuard =
        node.name.value === 'link' && guardFeatures.includes(textOf(argument(node as never, 'url')) ?? '');
      if (!isGuard) return undefined;
      return { ...node, arguments: (node.arguments ?? []).filter(({ name }) => name.value !== 'for') };
    },
  });
  return print(document);
}

/** The own name of each directive, by its name in this supergraph. */
function namesOf(document: DocumentNode): Map<string, string> {
  const names = new Map<string, string>();
  const links = document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).filter(({ name }) => name.value === 'link')
      : [],
  );
  const linked = new Set<string>();
  for (const link of links) {
    const spec = specUrl.exec(textOf(argument(link, 'url')) ?? '')?.[1] ?? '';
    const directives = specs.get(spec);
    if (!directives) continue;
    linked.add(spec);
    const as = textOf(argument(link, 'as')) ?? spec;
    const imported = importsOf(argument(link, 'import'));
    for (const own of directives)
      names.set(imported.get(`@${own}`)?.slice(1) ?? (own === spec ? as : `${as}__${own}`), own);
  }
  // Sizes without a link are read too: they only make an estimate better. A guard without one is a directive of somebody else.
  if (!linked.has('cost')) for (const own of specs.get('cost') ?? []) names.set(own, own);
  return names;
}

/** Imported names by their own: `@name`, or `{ name: "@name", as: "@other" }`. */
function importsOf(value: ConstValueNode | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const each of value?.kind === Kind.LIST ? value.values : []) {
    if (each.kind === Kind.STRING) found.set(each.value, each.value);
    if (each.kind !== Kind.OBJECT) continue;
    const part = (name: string): string | undefined =>
      textOf(each.fields.find((field) => field.name.value === name)?.value);
    const name = part('name');
    if (name !== undefined) found.set(name, part('as') ?? name);
  }
  return found;
}

function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((given) => given.name.value === name)?.value;
}

function textOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
