import 'reflect-metadata';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { getDocumentNodeFromSchema } from '@graphql-tools/utils';
import {
  Kind,
  parse,
  print,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import { buildSchemaSync, createResolversMap, getMetadataStorage, type NonEmptyArray } from 'type-graphql';
import { actFor } from '../access/acting-for.ts';
import {
  restrictionsOf,
  coordinateOf,
  rootsOf,
  type FieldDeclaration,
  type FieldResolver,
  type RootDeclaration,
} from '../access/declare.ts';
import { holds, inScope } from '../access/permission.ts';
import { Forbidden, Unauthenticated } from '../errors/errors.ts';
import { Run } from '../change/run.ts';
import { ForeignEntities } from '../declare/entities.ts';
import { DeclarationFault } from '../declare/fault.ts';
import { ValueType } from '../declare/value-type.ts';
import type { Runner } from '../change/runner.ts';
import { routerActorId } from '../context/actor.ts';
import type { Context } from '../context/context.ts';
import { countLists } from './ceiling.ts';
import { checkSubgraph } from './check.ts';
import { scopeOf } from './scopes.ts';
import { checkInput, checkStreamArguments } from '../input/check.ts';
import { withMetadataOf } from './metadata.ts';
import { normalizeInputs } from '../input/normal.ts';
import { decorateSdl } from './sdl.ts';
import { namedTwice, twiceDeclared } from './twice.ts';
import type { Representation, Subgraph } from './subgraph.ts';
import type { AnyClass } from '../declare/any-class.ts';

/** The Federation version of the printed SDL; composition and both routers support it. */
const federationVersion = 'v2.12';
const link = `extend schema @link(url: "https://specs.apollo.dev/federation/${federationVersion}", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@tag", "@inaccessible", "@interfaceObject", "@cost", "@listSize"])`;
const linked = parse(link, { noLocation: true });

export interface BuiltSubgraph {
  subgraph: Subgraph;
  /** The contract: sorted, with keys, tags and descriptions. Printed at the first access. */
  readonly sdl: string;
  document: DocumentNode;
  /** By coordinate (`Query.asset`), because a query may have the name of a mutation. */
  roots: ReadonlyMap<string, RootDeclaration>;
  /** By `Type.field`: fields that are not visible to everybody. */
  restrictions: ReadonlyMap<string, FieldDeclaration>;
  /** Handwritten, or generated from declarations. */
  resolvers: readonly AnyClass[];
  /** An executable schema whose mutations run through `runner`. */
  schema: (runner: Runner) => GraphQLSchema;
}

const built = new WeakMap<Subgraph, BuiltSubgraph>();

/** Builds the schema of an OS and checks its declarations. Throws one error that lists all faults. */
export function buildSubgraph(subgraph: Subgraph): BuiltSubgraph {
  const known = built.get(subgraph);
  if (known) return known;
  const { resolvers, types } = classesOf(subgraph);
  const declaredRoots = resolvers.flatMap((resolver) => rootsOf(resolver));
  const roots = new Map(declaredRoots.map((root) => [coordinateOf(root), root]));
  const restrictions = restrictionsByField(subgraph, resolvers, types);
  const schema = schemaOf(subgraph.name, resolvers, types);
  const document = decorateSdl(getDocumentNodeFromSchema(schema), { subgraph, roots, restrictions });
  const twice = twiceDeclared(subgraph.name, declaredRoots, resolvers);
  checkSubgraph({ subgraph, document, roots, restrictions, twice });
  let sdl: string | undefined;
  const executable = (runner: Runner): GraphQLSchema => {
    const resolvers = createResolversMap(schema) as Record<string, Record<string, unknown>>;
    wrapRoots(resolvers, roots, runner, subgraph);
    normalizeInputs(resolvers, schema);
    wrapRestricted(resolvers, restrictions);
    addReferences(resolvers, subgraph, document);
    const made = buildSubgraphSchema([
      {
        typeDefs: { kind: Kind.DOCUMENT, definitions: [...linked.definitions, ...document.definitions] },
        resolvers: resolvers as never,
      },
    ]);
    countLists(made);
    return made;
  };
  const result: BuiltSubgraph = {
    subgraph,
    get sdl() {
      return (sdl ??= `${link}\n\n${print(document)}\n`);
    },
    document,
    roots,
    restrictions,
    resolvers,
    schema: executable,
  };
  built.set(subgraph, result);
  return result;
}

function schemaOf(os: string, resolvers: readonly AnyClass[], types: readonly AnyClass[]): GraphQLSchema {
  try {
    return withMetadataOf([...resolvers, ...types], () =>
      buildSchemaSync({
        resolvers: resolvers as unknown as NonEmptyArray<() => unknown>,
        orphanedTypes: [...types] as never[],
        validateFn: checkInput as never,
        skipCheck: true,
        pubSub: noTopics,
      } as never),
    );
  } catch (error) {
    throw namedTwice(os, error);
  }
}

/** TypeGraphQL requires a `pubSub`. Streams come from the fact log, so using a topic is an error. */
const noTopics = {
  publish: () => {
    throw new Error('Emit facts with tx.emit; do not publish them.');
  },
  subscribe: () => {
    throw new Error('A subscription must give its own stream: @Subscription(…, { subscribe }).');
  },
};

interface Classes {
  resolvers: readonly AnyClass[];
  types: readonly AnyClass[];
}

/** By declarations, so that a copy of an OS with other reactions shares its classes. */
const madeOf = new WeakMap<object, Classes & { from: Subgraph }>();

/** The classes of an OS: handwritten ones and those generated from its declarations. */
function classesOf(subgraph: Subgraph): Classes {
  const { declared, nouns, resolvers, types } = subgraph;
  const known = madeOf.get(declared);
  if (known?.from.nouns === nouns && known.from.resolvers === resolvers && known.from.types === types) return known;
  const made = makeClasses(subgraph);
  madeOf.set(declared, { ...made, from: subgraph });
  return made;
}

function makeClasses(subgraph: Subgraph): Classes {
  const entities = new ForeignEntities(subgraph.types);
  const nouns = subgraph.nouns.flatMap((noun) => noun.build?.(entities) ?? []);
  const declared = subgraph.declared.flatMap((each) => {
    if (each instanceof ValueType) entities.make(each);
    return each.build(entities);
  });
  const resolvers = [
    ...new Set([...subgraph.resolvers, ...nouns.flatMap((noun) => noun.resolvers), ...declared, ...entities.resolvers]),
  ];
  return { resolvers, types: [...subgraph.types, ...nouns.map(({ type }) => type), ...entities.classes] };
}

function restrictionsByField(
  subgraph: Subgraph,
  resolvers: readonly AnyClass[],
  types: readonly AnyClass[],
): Map<string, FieldDeclaration> {
  const storage = getMetadataStorage();
  const found = new Map<string, FieldDeclaration>();
  const collect = (owner: AnyClass, typeName: string | undefined): void => {
    for (const restriction of restrictionsOf(owner)) {
      if (!typeName)
        throw new DeclarationFault(`${owner.name}.${restriction.name} is restricted but belongs to no object type`);
      found.set(`${typeName}.${restriction.name}`, restriction);
    }
  };
  const nameOf = (target: unknown): string | undefined =>
    storage.objectTypes.find((type) => type.target === target)?.name;
  for (const type of types) collect(type, nameOf(type));
  for (const noun of subgraph.nouns) collect(noun.options.type() as AnyClass, nameOf(noun.options.type()));
  for (const resolver of resolvers) {
    const meta = storage.resolverClasses.find((each) => each.target === resolver);
    if (restrictionsOf(resolver).length > 0) collect(resolver, meta && nameOf(meta.getObjectType()));
  }
  return found;
}

function permit(declaration: RootDeclaration, context: Context, subgraph: Subgraph): void {
  const { access } = declaration;
  if (access === 'public' || context.system) return;
  const { actor } = context.info;
  if (access === 'router') {
    if (actor.id !== routerActorId) throw new Forbidden('Only the gateway may query this.');
    return;
  }
  if (actor.id === null) throw new Unauthenticated();
  const scope = scopeOf(declaration, subgraph.name);
  if (scope !== null && !inScope(actor, scope))
    throw new Forbidden(`This key is limited, and "${scope}" is not among its scopes.`);
  const permission = subgraph.permissions[access];
  if (permission && !holds(actor, permission))
    throw new Forbidden(`You may not do this: it needs "${access}". ${permission.sentence}`);
}

function wrapRoots(
  resolvers: Record<string, Record<string, unknown>>,
  roots: ReadonlyMap<string, RootDeclaration>,
  runner: Runner,
  subgraph: Subgraph,
): void {
  for (const declaration of roots.values()) {
    const type = resolvers[declaration.kind];
    const resolve = type?.[declaration.name];
    if (!type || !resolve) continue;
    if (declaration.kind === 'Subscription') {
      const { subscribe, resolve: map } = resolve as { subscribe: FieldResolver; resolve: FieldResolver };
      type[declaration.name] = {
        resolve: map,
        subscribe: (async (root, args, context, info) => {
          permit(declaration, context, subgraph);
          await checkStreamArguments(declaration.name, args);
          return subscribe(root, args, context, info);
        }) satisfies FieldResolver,
      };
      continue;
    }
    const call = resolve as FieldResolver;
    type[declaration.name] = (async (root, args, context, info) => {
      // Without a sign-in the viewer's own data is null, not an error, so that public pages can select it.
      if (declaration.access === 'self' && declaration.kind === 'Query' && context.info.actor.id === null) return null;
      permit(declaration, context, subgraph);
      if (declaration.kind === 'Query') return call(root, args, context, info);
      actFor(context, declaration, args['input']);
      return context.acting(async () => {
        const answer = await call(root, args, context, info);
        if (!(answer instanceof Run)) throw new Error(`${declaration.name} does not return run(…)`);
        return runner.run(context, declaration, answer);
      });
    }) satisfies FieldResolver;
  }
}

function wrapRestricted(
  resolvers: Record<string, Record<string, unknown>>,
  restrictions: ReadonlyMap<string, FieldDeclaration>,
): void {
  for (const [coordinate, { allowed }] of restrictions) {
    const [typeName = '', field = ''] = coordinate.split('.');
    const type = (resolvers[typeName] ??= {});
    const original = type[field] as FieldResolver | undefined;
    type[field] = (async (root, args, context, info) => {
      if (!context.system && !(await allowed(root as never, context))) return null;
      return original ? original(root, args, context, info) : (root as Record<string, unknown>)[field];
    }) satisfies FieldResolver;
  }
}

/** Adds reference resolvers: nouns are loaded by id, and the OS's own `references` override them. */
function addReferences(
  resolvers: Record<string, Record<string, unknown>>,
  subgraph: Subgraph,
  document: DocumentNode,
): void {
  for (const noun of subgraph.nouns) {
    for (const name of noun.types) {
      const type = (resolvers[name] ??= {});
      if (!noun.isInterface(name)) type['nodeId'] = (root: { id: string }) => root.id;
      type['__resolveReference'] = (reference: Representation, context: Context) =>
        noun.load(context, String(reference['id'] ?? reference['nodeId'])) as unknown;
    }
  }
  for (const [name, resolve] of Object.entries(subgraph.references))
    (resolvers[name] ??= {})['__resolveReference'] = resolve;
  // The reference resolver needs an entry for every type, also for those without resolvers.
  visit(document, {
    ObjectTypeDefinition(node: ObjectTypeDefinitionNode) {
      if (node.kind === Kind.OBJECT_TYPE_DEFINITION) resolvers[node.name.value] ??= {};
    },
  });
}
