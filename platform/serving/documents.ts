import {
  BREAK,
  GraphQLError,
  Kind,
  parse,
  validate,
  visit,
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/** Maximum number of cached documents; a gateway sends a bounded number of different fetches. */
const documentsAtMost = 2_000;
/** Maximum characters of all cached documents: a parsed one takes about twenty times its text, and clients may write values into theirs. */
const charactersAtMost = 4_000_000;

export type Parsed = { document: DocumentNode } | { errors: readonly GraphQLError[] };

/** The documents of one OS, parsed and validated once while they are in use. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #known = new LRUCache<string, Parsed>({ max: documentsAtMost, maxSize: charactersAtMost });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** Characters of the cached documents. */
  get size(): number {
    return this.#known.calculatedSize;
  }

  of(query: string): Parsed {
    const known = this.#known.get(query);
    if (known) return known;
    const parsed = this.#parse(query);
    this.#known.set(query, parsed, { size: Math.max(1, query.length) });
    return parsed;
  }

  #parse(query: string): Parsed {
    try {
      const document = parse(query, { noLocation: true });
      const errors = validate(this.#schema, document);
      return errors.length > 0 ? { errors: errors.map((error) => withPath(error, document)) } : { document };
    } catch (error) {
      return { errors: [error instanceof GraphQLError ? error : new GraphQLError(String(error))] };
    }
  }
}

/** Adds to the error of a literal value the path of its field, from the arguments of the root field. */
function withPath(error: GraphQLError, document: DocumentNode): GraphQLError {
  const wrong = error.nodes?.[0];
  let path: string[] | null = null;
  visit(document, {
    enter(node, _key, parent, _at, ancestors) {
      if (node !== wrong) return undefined;
      path = [...ancestors, parent].flatMap((each) => namesOf(each as ASTNode));
      return BREAK;
    },
  });
  if (!path || (path as string[]).length === 0) return error;
  return new GraphQLError(error.message, { nodes: error.nodes, extensions: { ...error.extensions, path } });
}

function namesOf(node: ASTNode): string[] {
  return node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD ? [node.name.value] : [];
}
