import {
  GraphQLError,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { conditionsIn } from './conditions.ts';
import { validity } from './leaf-values.ts';
import { isData, own, put, type Data } from './merge.ts';
import { moreErrors, mostErrors } from '../errors.ts';
import { isHidden } from '../supergraph/hidden.ts';
import { fragmentsOf } from './part.ts';
import { leastOfField, leastOfItem, TooLarge } from './size.ts';

/** A null in place of an invalid value; the error is already reported. */
const reported = Symbol('reported');
/** A null in a non-null position: its parent becomes null. */
const bubbling = Symbol('bubbling');

/** Combinations of `@skip` and `@include` variables for which an operation is kept compiled. */
const mostCombinations = 16;

interface Asked {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Readonly<Record<string, unknown>>;
}

/** Where a completion is, and the errors so far. */
interface Walk {
  readonly path: (string | number)[];
  readonly errors: GraphQLError[];
  /** Whether all selected fields were there. */
  isComplete: boolean;
  /** Bytes that may still be answered. */
  left: number;
}

/** Completes a value: the result, or one of the symbols above. */
type Complete = (input: unknown, walk: Walk) => unknown;

/** A selected field of objects of one type. */
interface Field {
  readonly key: string;
  /** Whether every object has a property of this name, so that only an own one counts. */
  readonly isInherited: boolean;
  readonly complete: Complete;
  /** For a leaf: whether a value other than null is valid as it is. */
  readonly isValid: ((value: unknown) => boolean) | null;
  readonly isNonNull: boolean;
}

/** Selections on one type, as they stand in the document: fields with the same response key are merged per object type. */
interface Selections {
  readonly set: SelectionSetNode;
  readonly declared: GraphQLCompositeType;
}

const operations = new WeakMap<OperationDefinitionNode, CompiledOperation>();

/**
 * Builds the answer to an operation from the data of subgraphs: the selected fields in their order, with nulls where the data violate
 * the schema. `errors` lists those places, and `isComplete` says whether all selected fields were there. Each operation is compiled once
 * per combination of its conditions. Throws `TooLarge` once the answer surely has more than `most` bytes.
 */
export function completeAnswer(
  asked: Asked,
  data: Data,
  most = Number.POSITIVE_INFINITY,
): { data: Data | null; errors: readonly GraphQLError[]; isComplete: boolean } {
  let known = operations.get(asked.operation);
  if (!known) operations.set(asked.operation, (known = new CompiledOperation(asked)));
  const walk: Walk = { path: [], errors: [], isComplete: true, left: most };
  const answer = known.completer(asked.variables)(data, walk);
  return { data: isData(answer) ? answer : null, errors: walk.errors, isComplete: walk.isComplete };
}

class CompiledOperation {
  readonly #asked: Omit<Asked, 'variables'>;
  /** The variables that conditions depend on, with their defaults. */
  readonly #conditions: readonly { name: string; otherwise: boolean }[];
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #completers = new Map<string, Complete>();

  constructor({ schema, document, operation }: Asked) {
    this.#asked = { schema, document, operation };
    this.#fragments = fragmentsOf(document);
    const used = conditionsIn(operation.selectionSet, this.#fragments);
    this.#conditions = (operation.variableDefinitions ?? [])
      .filter(({ variable }) => used.has(variable.name.value))
      .map(({ variable, defaultValue }) => ({
        name: variable.name.value,
        otherwise: defaultValue?.kind === Kind.BOOLEAN && defaultValue.value,
      }));
  }

  completer(variables: Readonly<Record<string, unknown>>): Complete {
    const chosen = this.#conditions.map(({ name, otherwise }) => {
      const given = own(variables, name);
      return [name, given === undefined ? otherwise : given === true] as const;
    });
    const key = chosen.map(([, holds]) => (holds ? '1' : '0')).join('');
    const known = this.#completers.get(key);
    if (known) return known;
    const { schema, operation } = this.#asked;
    const root = schema.getRootType(operation.operation);
    if (!root) throw new Error(`The schema has no ${operation.operation}.`);
    const compiler = new Compiler(schema, this.#fragments, Object.fromEntries(chosen));
    const completer = compiler.object(root, [{ set: operation.selectionSet, declared: root }], root);
    if (this.#completers.size < mostCombinations) this.#completers.set(key, completer);
    return completer;
  }
}

class Compiler {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #conditions: Readonly<Record<string, boolean>>;

  constructor(
    schema: GraphQLSchema,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    conditions: Readonly<Record<string, boolean>>,
  ) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#conditions = conditions;
  }

  /** Completes objects of a type. What is selected of a possible type is compiled when the first object of it arrives. */
  object(type: GraphQLCompositeType, selected: readonly Selections[], parent: GraphQLCompositeType): Complete {
    const byName = new Map<string, readonly Field[] | null>();
    let unnamed: readonly Field[] | null = null;
    const fieldsOf = (name: string): readonly Field[] | null => {
      const known = byName.get(name);
      if (known !== undefined) return known;
      const of = this.#schema.getType(name);
      const fields = isCompositeType(of) ? this.#fields(of, selected) : null;
      // Only names of types are kept: a subgraph could send any number of others.
      if (fields) byName.set(name, fields);
      return fields;
    };
    return (input, walk) => {
      if (!isData(input)) return invalid(walk, type, parent);
      const name = own(input, '__typename');
      const fields = typeof name === 'string' ? fieldsOf(name) : (unnamed ??= this.#fields(type, selected));
      if (!fields) {
        if (typeof name === 'string' && isHidden(this.#schema, name)) return null;
        report(walk, `Invalid __typename found for object at ${placeOf(walk, type, parent)}.`);
        return reported;
      }
      take(walk, leastOfField * fields.length);
      // What a subgraph answered just as it was selected is the answer: it is not copied.
      let output: Data | null = hasExactly(input, fields) ? null : {};
      for (const field of fields) {
        const { key } = field;
        const value = field.isInherited ? own(input, key) : input[key];
        if (value === undefined) walk.isComplete = false;
        let completed: unknown;
        if ((value === undefined || value === null) && !field.isNonNull) completed = null;
        else if (value !== undefined && value !== null && field.isValid?.(value)) completed = value;
        else {
          walk.path.push(key);
          completed = field.complete(value, walk);
          walk.path.pop();
          if (completed === bubbling) return reported;
          if (completed === reported) completed = null;
        }
        if (output === null) {
          if (completed === value) continue;
          output = copyBefore(input, field, fields);
        }
        put(output, key, completed);
      }
      return output ?? input;
    };
  }

  /** The fields of objects of this type, in the order of their first selection. */
  #fields(type: GraphQLCompositeType, selected: readonly Selections[]): readonly Field[] {
    const found = new Map<string, { field: FieldNode; declared: GraphQLCompositeType; below: SelectionSetNode[] }>();
    const collect = ({ selections }: SelectionSetNode, declared: GraphQLCompositeType): void => {
      for (const selection of selections) {
        if (!this.#isIncluded(selection)) continue;
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          const before = found.get(key);
          const below = before?.below ?? [];
          if (selection.selectionSet) below.push(selection.selectionSet);
          if (!before) found.set(key, { field: selection, declared, below });
          continue;
        }
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
        if (!fragment) continue;
        const name = fragment.typeCondition?.name.value;
        const condition = name === undefined ? declared : this.#schema.getType(name);
        if (isCompositeType(condition) && this.#isOf(type, condition)) collect(fragment.selectionSet, condition);
      }
    };
    for (const { set, declared } of selected) collect(set, declared);
    return [...found].map(([key, each]) => this.#field(key, each, type));
  }

  #field(
    key: string,
    { field, declared, below }: { field: FieldNode; declared: GraphQLCompositeType; below: SelectionSetNode[] },
    type: GraphQLCompositeType,
  ): Field {
    const name = field.name.value;
    const isInherited = key in Object.prototype;
    if (name === '__typename')
      return {
        key,
        isInherited,
        isNonNull: true,
        isValid: (value) => value === type.name && isObjectType(type),
        complete: typename(type),
      };
    // The object's own type may promise more than the interface on which the field is selected.
    const definition =
      (isUnionType(type) ? undefined : type.getFields()[name]) ??
      (isUnionType(declared) ? undefined : declared.getFields()[name]);
    if (!definition) throw new Error(`${declared.name} has no field ${name}.`);
    const nullable = isNonNullType(definition.type) ? definition.type.ofType : definition.type;
    const isLeaf = !isListType(nullable) && !isCompositeType(nullable);
    return {
      key,
      isInherited,
      isNonNull: isNonNullType(definition.type),
      isValid: isLeaf ? validity(nullable as GraphQLLeafType) : null,
      complete: this.#value(definition.type, below, type),
    };
  }

  #value(type: GraphQLOutputType, below: readonly SelectionSetNode[], parent: GraphQLCompositeType): Complete {
    if (isNonNullType(type)) {
      const complete = this.#value(type.ofType, below, parent);
      return (input, walk) => {
        const value = complete(input, walk);
        if (value === null) report(walk, `Cannot return null for non-nullable ${placeOf(walk, type.ofType, parent)}.`);
        return value === null || value === reported ? bubbling : value;
      };
    }
    const complete = this.#nullable(type, below, parent);
    return (input, walk) => (input === null || input === undefined ? null : complete(input, walk));
  }

  #nullable(type: GraphQLOutputType, below: readonly SelectionSetNode[], parent: GraphQLCompositeType): Complete {
    if (isListType(type)) {
      const complete = this.#value(type.ofType, below, parent);
      return (input, walk) => {
        if (!Array.isArray(input)) return invalid(walk, type, parent);
        take(walk, leastOfItem * input.length);
        let items: unknown[] | null = null;
        const at = walk.path.push(0) - 1;
        let isWhole = true;
        for (let n = 0; n < input.length; n++) {
          walk.path[at] = n;
          const value = complete(input[n], walk);
          if (value === bubbling) isWhole = false;
          const item = value === reported ? null : value;
          if (items === null) {
            if (item === input[n]) continue;
            items = input.slice(0, n) as unknown[];
          }
          items.push(item);
        }
        walk.path.pop();
        return isWhole ? (items ?? input) : reported;
      };
    }
    if (isCompositeType(type))
      return this.object(
        type,
        below.map((set) => ({ set, declared: type })),
        parent,
      );
    const isValid = validity(type as GraphQLLeafType);
    return (input, walk) => {
      return isValid(input) ? input : invalid(walk, type, parent);
    };
  }

  #isOf(type: GraphQLCompositeType, condition: GraphQLCompositeType): boolean {
    if (type === condition) return true;
    return isAbstractType(condition) && !isUnionType(type) && this.#schema.isSubType(condition, type);
  }

  #isIncluded({ directives }: SelectionNode): boolean {
    for (const { name, arguments: given } of directives ?? []) {
      if (name.value !== 'skip' && name.value !== 'include') continue;
      const value = given?.find((argument) => argument.name.value === 'if')?.value;
      const holds = value && valueFromASTUntyped(value, this.#conditions) === true;
      if (name.value === 'skip' ? holds : !holds) return false;
    }
    return true;
  }
}

/** Whether an object has these fields, in this order, and no others. */
function hasExactly(input: Data, fields: readonly Field[]): boolean {
  let n = 0;
  for (const key in input) if (fields[n++]?.key !== key) return false;
  return n === fields.length;
}

/** A new object with the fields before this one, which are as they were answered. */
function copyBefore(input: Data, field: Field, fields: readonly Field[]): Data {
  const output: Data = {};
  for (const { key } of fields) {
    if (key === field.key) break;
    put(output, key, own(input, key));
  }
  return output;
}

/** Completes `__typename` for objects of a type. An entity of which only an interface is known is null with its parent. */
function typename(type: GraphQLCompositeType): Complete {
  return () => (isObjectType(type) ? type.name : bubbling);
}

function placeOf({ path }: Walk, type: GraphQLOutputType, parent: GraphQLCompositeType): string {
  const last = path.at(-1);
  return typeof last === 'string'
    ? `field ${parent.name}.${last}`
    : `array element of type ${String(type)} at index ${last}`;
}

/** Reports a value of another shape than the schema's. */
function invalid(walk: Walk, type: GraphQLOutputType, parent: GraphQLCompositeType): typeof reported {
  report(walk, `Invalid value found for ${placeOf(walk, type, parent)}.`);
  return reported;
}

function report({ path, errors }: Walk, message: string): void {
  if (errors.length < mostErrors) errors.push(new GraphQLError(message, { path: [...path] }));
  else if (errors.length === mostErrors) errors.push(new GraphQLError(moreErrors().message));
}

/** Takes the bytes that a part of the answer has at least. */
function take(walk: Walk, bytes: number): void {
  walk.left -= bytes;
  if (walk.left < 0) throw new TooLarge();
}
