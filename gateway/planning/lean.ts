/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import {
  buildASTSchema,
  getDirectiveValues,
  GraphQLError,
  Kind,
  parse,
  visit,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
} from 'graphql';

/** Directives that change no plan and hide nothing from clients. */
const idle: ReadonlySet<string> = new Set(['cost', 'deprecated', 'listSize', 'specifiedBy', 'tag']);

/** What parts of definitions have in common, as far as it matters here. */
interface Part {
  description?: unknown;
  directives?: readonly ConstDirectiveNode[];
  fields?: readonly Part[];
  arguments?: readonly Part[];
  values?: readonly Part[];
}

/**
 * A supergraph without its texts and without the directives that planning does not look at. They are two thirds of the SDL, and
 * the planner prints, parses and copies all that it is given several times.
 */
export function leanDocument({ definitions }: DocumentNode): DocumentNode {
  return {
    kind: Kind.DOCUMENT,
    definitions: definitions.map((each) => (each.kind === Kind.DIRECTIVE_DEFINITION ? each : lean(each))),
  };
}

/**
 * Checks the uses of the directives that `leanDocument` removes, because federation then no longer sees them: a list size of another type,
 * or a tag with another argument, would otherwise be ignored, and with it a limit or an audience. Throws `GraphQLError`.
 */
export function checkIdleDirectives(document: DocumentNode): void {
  const declared = document.definitions.filter(
    (each) => each.kind === Kind.DIRECTIVE_DEFINITION && idle.has(each.name.value),
  );
  const own = parse('type Query { _: Int }', { noLocation: true }).definitions;
  const schema = buildASTSchema({ kind: Kind.DOCUMENT, definitions: [...declared, ...own] }, { assumeValidSDL: true });
  visit(document, {
    Directive(node) {
      const { name, arguments: given = [] } = node;
      if (!idle.has(name.value)) return;
      const directive = schema.getDirective(name.value);
      if (!directive) throw new GraphQLError(`Unknown directive "@${name.value}".`);
      const unknown = given.find((each) => !directive.args.some((known) => known.name === each.name.value));
      if (unknown) throw new GraphQLError(`Unknown argument "${unknown.name.value}" on directive "@${name.value}".`);
      getDirectiveValues(directive, { directives: [node] });
    },
  });
}

function lean<P extends Part | DefinitionNode>(part: P): P {
  const { directives, fields, arguments: given, values } = part as Part;
  const leaner: Part = { ...(part as Part), description: undefined };
  if (directives) leaner.directives = directives.filter(({ name }) => !idle.has(name.value));
  if (fields) leaner.fields = fields.map(lean);
  if (given) leaner.arguments = given.map(lean);
  if (values) leaner.values = values.map(lean);
  return leaner as P;
}
