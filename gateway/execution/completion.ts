import {
  getNamedType,
  GraphQLError,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isData, own, put, type Data } from './merge.ts';
import { fragmentsOf } from './part.ts';

/** A null in place of an invalid value; the error is already reported. */
const reported = Symbol('reported');
/** A null in a non-null position: its parent becomes null. */
const bubbling = Symbol('bubbling');

interface Asked {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Readonly<Record<string, unknown>>;
}

/**
 * Builds the answer to an operation from the data of subgraphs: the selected fields in their order, with nulls where the data violate
 * the schema. `errors` lists those places.
 */
export function completeAnswer(asked: Asked, data: Data): { data: Data | null; errors: readonly GraphQLError[] } {
  const { schema, operation } = asked;
  const type = schema.getRootType(operation.operation);
  if (!type) throw new Error(`The schema has no ${operation.operation}.`);
  const completion = new Completion(asked);
  const answer = Object.create(null) as Data;
  const isWhole = completion.select(operation.selectionSet, data, answer, type, type);
  return { data: isWhole ? answer : null, errors: completion.errors };
}

class Completion {
  readonly errors: GraphQLError[] = [];
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #path: (string | number)[] = [];

  constructor({ schema, document, operation, variables }: Asked) {
    this.#schema = schema;
    this.#fragments = fragmentsOf(document);
    const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
    );
    this.#variables = { ...Object.fromEntries(defaults), ...variables };
  }

  /**
   * Completes the selected fields of an object. `declared` is the type on which the fields are selected; `type` is the object's type
   * as far as it is known. Returns false when a non-null field is null.
   */
  select(
    { selections }: SelectionSetNode,
    input: Data,
    output: Data,
    declared: GraphQLCompositeType,
    type: GraphQLCompositeType,
  ): boolean {
    for (const selection of selections) {
      if (!this.#isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        if (!this.#field(selection, input, output, declared, type)) return false;
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
      if (!fragment) continue;
      const name = fragment.typeCondition?.name.value;
      const condition = name === undefined ? declared : this.#schema.getType(name);
      if (!isCompositeType(condition) || (name !== undefined && !this.#isOf(input, type, condition))) continue;
      if (!this.select(fragment.selectionSet, input, output, condition, name === undefined ? type : condition))
        return false;
    }
    return true;
  }

  #field(
    field: FieldNode,
    input: Data,
    output: Data,
    declared: GraphQLCompositeType,
    type: GraphQLCompositeType,
  ): boolean {
    const key = (field.alias ?? field.name).value;
    const existing = own(output, key);
    if (field.name.value === '__typename') {
      if (existing !== undefined) return true;
      const name = own(input, key) ?? own(input, '__typename');
      const known = typeof name === 'string' ? (this.#schema.getType(name) ?? type) : type;
      if (!isObjectType(known)) return false;
      put(output, key, known.name);
      return true;
    }
    const definition = isUnionType(declared) ? undefined : declared.getFields()[field.name.value];
    if (!definition) throw new Error(`${declared.name} has no field ${field.name.value}.`);
    this.#path.push(key);
    const value = this.#value(definition.type, field, own(input, key) ?? null, existing, type);
    this.#path.pop();
    put(output, key, value === reported || value === bubbling ? null : value);
    return value !== bubbling;
  }

  /** Completes a value according to its type. `existing` is the result of an earlier selection of the same field. */
  #value(
    type: GraphQLOutputType,
    field: FieldNode,
    input: unknown,
    existing: unknown,
    parent: GraphQLCompositeType,
  ): unknown {
    if (existing === null || (existing !== undefined && !field.selectionSet)) return existing;
    if (isNonNullType(type)) {
      const value = this.#value(type.ofType, field, input, existing, parent);
      if (value === null) this.#report(`Cannot return null for non-nullable ${this.#place(type.ofType, parent)}.`);
      return value === null || value === reported ? bubbling : value;
    }
    if (input === null || input === undefined) return null;
    if (isListType(type)) return this.#list(type.ofType, field, input, existing, parent);
    if (isCompositeType(type)) return this.#object(type, field, input, existing, parent);
    if (this.#isLeaf(type, input)) return input;
    this.#report(`Invalid value found for ${this.#place(type, parent)}.`);
    return reported;
  }

  #list(
    type: GraphQLOutputType,
    field: FieldNode,
    input: unknown,
    existing: unknown,
    parent: GraphQLCompositeType,
  ): unknown {
    if (!Array.isArray(input)) throw new Error(`A subgraph answered no list for ${this.#place(type, parent)}.`);
    const before = Array.isArray(existing) ? (existing as unknown[]) : [];
    let isWhole = true;
    const items = input.map((item: unknown, n) => {
      this.#path.push(n);
      const value = this.#value(type, field, item ?? null, before[n], parent);
      this.#path.pop();
      if (value === bubbling) isWhole = false;
      return value === reported ? null : value;
    });
    return isWhole ? items : reported;
  }

  #object(
    type: GraphQLCompositeType,
    { selectionSet }: FieldNode,
    input: unknown,
    existing: unknown,
    parent: GraphQLCompositeType,
  ): unknown {
    if (!isData(input) || !selectionSet)
      throw new Error(`A subgraph answered no object for ${this.#place(type, parent)}.`);
    let of = type;
    const name = own(input, '__typename');
    if (typeof name === 'string') {
      const known = this.#schema.getType(name);
      if (!isCompositeType(known)) {
        this.#report(`Invalid __typename found for object at ${this.#place(type, parent)}.`);
        return reported;
      }
      of = known;
    }
    const output = isData(existing) ? existing : (Object.create(null) as Data);
    return this.select(selectionSet, input, output, type, of) ? output : reported;
  }

  #isOf(input: Data, type: GraphQLCompositeType, condition: GraphQLCompositeType): boolean {
    const name = own(input, '__typename');
    const known = typeof name === 'string' ? this.#schema.getType(name) : type;
    if (known === condition) return true;
    return isAbstractType(condition) && isCompositeType(known) && !isUnionType(known)
      ? this.#schema.isSubType(condition, known)
      : false;
  }

  /** Whether a leaf value is valid for its type. Custom scalars are checked by their OS. */
  #isLeaf(type: GraphQLOutputType, value: unknown): boolean {
    if (isEnumType(type)) return typeof value === 'string' && type.getValue(value) !== undefined;
    if (!isSpecifiedScalarType(getNamedType(type))) return true;
    switch (getNamedType(type).name) {
      case 'Boolean':
        return typeof value === 'boolean';
      case 'Int':
        return Number.isInteger(value);
      case 'Float':
        return typeof value === 'number' && Number.isFinite(value);
      case 'ID':
        return typeof value === 'string' || Number.isInteger(value);
      default:
        return typeof value === 'string';
    }
  }

  #isIncluded({ directives }: SelectionNode): boolean {
    for (const { name, arguments: given } of directives ?? []) {
      if (name.value !== 'skip' && name.value !== 'include') continue;
      const value = given?.find((argument) => argument.name.value === 'if')?.value;
      const holds = value && valueFromASTUntyped(value, this.#variables) === true;
      if (name.value === 'skip' ? holds : !holds) return false;
    }
    return true;
  }

  #place(type: GraphQLOutputType, parent: GraphQLCompositeType): string {
    const last = this.#path.at(-1);
    return typeof last === 'string'
      ? `field ${parent.name}.${last}`
      : `array element of type ${String(type)} at index ${last}`;
  }

  #report(message: string): void {
    this.errors.push(new GraphQLError(message, { path: [...this.#path] }));
  }
}
