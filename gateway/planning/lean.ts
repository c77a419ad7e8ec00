/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import { Kind, type ConstDirectiveNode, type DefinitionNode, type DocumentNode } from 'graphql';

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

function lean<P extends Part | DefinitionNode>(part: P): P {
  const { directives, fields, arguments: given, values } = part as Part;
  const leaner: Part = { ...(part as Part), description: undefined };
  if (directives) leaner.directives = directives.filter(({ name }) => !idle.has(name.value));
  if (fields) leaner.fields = fields.map(lean);
  if (given) leaner.arguments = given.map(lean);
  if (values) leaner.values = values.map(lean);
  return leaner as P;
}
