import {
  getNamedType,
  isInputObjectType,
  Kind,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type ValueNode,
  type VariableNode,
} from 'graphql';
import type { SupergraphNotes } from '../supergraph/notes.ts';
import type { FieldSize } from '../supergraph/sizes.ts';

/** The size of a page whose arguments set none and that declares none: the contract's default page. */
const defaultPage = 20;

type Definition = GraphQLField<unknown, unknown>;
/** A value in the document, or the value of a variable. */
type Given = { readonly node: ValueNode } | { readonly value: unknown };

/**
 * Reads sizes from the arguments of an operation's fields, with variables and their defaults applied. Nothing is validated yet: a
 * value of the wrong type counts as absent and is refused later.
 */
export class ArgumentReader {
  readonly #notes: SupergraphNotes;
  readonly #variables: Record<string, unknown>;
  readonly #defaults: ReadonlyMap<string, ValueNode | undefined>;
  /** The variables that were read: a measure depends on no others. */
  readonly read = new Set<string>();
  /** A variable may be used in many places; its weight is computed once per type. */
  readonly #weights = new Map<string, number>();

  constructor(notes: SupergraphNotes, operation: OperationDefinitionNode, variables: Record<string, unknown>) {
    this.#notes = notes;
    this.#variables = variables;
    this.#defaults = new Map(
      operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
    );
  }

  /**
   * The page that a field asks for: the maximum of its given arguments that set sizes; null if it gives none of them. An argument with a
   * default sets no page: without it the field answers everything up to a maximum of its own, like the rows of an aggregate.
   */
  pageOf(field: FieldNode, definition: Definition | undefined, size: FieldSize | undefined): number | null {
    const setters = size ? [...size.slicing, size.sizedBy ?? ''] : [];
    return this.#largest(field, definition ? setters.filter((name) => presetOf(definition, name) === null) : setters);
  }

  /** The maximum of these arguments, as far as they are given. */
  #largest(field: FieldNode, names: readonly string[]): number | null {
    let asked: number | null = null;
    for (const name of names) {
      const given = this.#at(field, name);
      const found = given && sizeIn(given);
      if (found !== null && found >= 0) asked = Math.max(asked ?? 0, found);
    }
    return asked;
  }

  /** Rows by `@listSize`: the maximum of the arguments that set sizes, else the assumed size. */
  rowsOf(field: FieldNode, definition: Definition, size: FieldSize): number {
    const presets = size.slicing.flatMap((name) => (this.#at(field, name) ? [] : (presetOf(definition, name) ?? [])));
    const asked = this.#largest(field, [...size.slicing, size.sizedBy ?? '']);
    const all = asked === null ? presets : [...presets, asked];
    return Math.max(1, ...(all.length > 0 ? all : [size.assumed ?? defaultPage]));
  }

  /** A given size, or the argument's default; null if there is neither. */
  argument(field: FieldNode, definition: Definition, name: string): number | null {
    const given = this.#at(field, name);
    return given ? sizeIn(given) : presetOf(definition, name);
  }

  /** A given argument, or a field within it: `input.first`. */
  #at(field: FieldNode, path: string): Given | null {
    const [name, ...steps] = path.split('.');
    const written = field.arguments?.find((argument) => argument.name.value === name);
    let given = written ? this.#given(written.value) : null;
    for (const step of steps) {
      const [, part] = (given ? fieldsOf(given) : []).find(([key]) => key === step) ?? [];
      given = part && 'node' in part ? this.#given(part.node) : (part ?? null);
    }
    return given;
  }

  /** The weight of a field's given arguments and of the values within their inputs. */
  weightOf(
    field: FieldNode,
    definition: Definition | undefined,
    weights: ReadonlyMap<string, number> | undefined,
  ): number {
    let sum = 0;
    for (const { name, value } of field.arguments ?? []) {
      const own = weights?.get(name.value) ?? 0;
      const type = definition?.args.find((argument) => argument.name === name.value)?.type;
      const named = type && getNamedType(type);
      // Most arguments weigh nothing, whatever their value.
      if (own === 0 && !isInputObjectType(named)) continue;
      const given = this.#given(value);
      if (!given || isNull(given)) continue;
      sum += own;
      if (named) sum += this.#within({ node: value }, named);
    }
    return sum;
  }

  /** The sum of the weights of all given input fields, at any depth. */
  #within(written: Given, type: GraphQLNamedType): number {
    if (!isInputObjectType(type)) return 0;
    if ('node' in written && written.node.kind === Kind.VARIABLE) return this.#ofVariable(written.node, type);
    const types = type.getFields();
    let sum = 0;
    for (const item of itemsOf(written)) {
      if ('node' in item && item.node.kind === Kind.VARIABLE) sum += this.#ofVariable(item.node, type);
      for (const [name, part] of fieldsOf(item)) {
        const inner = 'node' in part ? this.#given(part.node) : part;
        if (!inner || isNull(inner) || !Object.hasOwn(types, name)) continue;
        sum += this.#notes.inputWeight(type.name, name);
        const field = types[name];
        if (field) sum += this.#within(part, getNamedType(field.type));
      }
    }
    return sum;
  }

  #ofVariable(node: VariableNode, type: GraphQLNamedType): number {
    const key = `${node.name.value} ${type.name}`;
    const known = this.#weights.get(key);
    if (known !== undefined) return known;
    const given = this.#given(node);
    const weight = given ? this.#within(given, type) : 0;
    this.#weights.set(key, weight);
    return weight;
  }

  /** The literal value, or the variable's value or default; null if none is given. */
  #given(node: ValueNode): Given | null {
    if (node.kind !== Kind.VARIABLE) return { node };
    const name = node.name.value;
    this.read.add(name);
    // Own properties only: a variable may be called `constructor`.
    if (Object.hasOwn(this.#variables, name) && this.#variables[name] !== undefined)
      return { value: this.#variables[name] };
    const preset = this.#defaults.get(name);
    return preset ? { node: preset } : null;
  }
}

function isNull(given: Given): boolean {
  return 'node' in given ? given.node.kind === Kind.NULL : given.value === null;
}

function integerOf(given: Given): number | null {
  if ('node' in given) return given.node.kind === Kind.INT ? Number(given.node.value) : null;
  return typeof given.value === 'number' ? given.value : null;
}

/** A number, or the length of a list, such as one of ids. */
function sizeIn(given: Given): number | null {
  if ('node' in given && given.node.kind === Kind.LIST) return given.node.values.length;
  if ('value' in given && Array.isArray(given.value)) return given.value.length;
  return integerOf(given);
}

function presetOf(definition: Definition, name: string): number | null {
  const preset: unknown = definition.args.find((argument) => argument.name === name)?.defaultValue;
  return typeof preset === 'number' ? preset : null;
}

function itemsOf(given: Given): Given[] {
  if ('node' in given) return given.node.kind === Kind.LIST ? given.node.values.map((node) => ({ node })) : [given];
  return Array.isArray(given.value) ? given.value.map((value: unknown) => ({ value })) : [given];
}

function fieldsOf(given: Given): [string, Given][] {
  if ('node' in given)
    return given.node.kind === Kind.OBJECT
      ? given.node.fields.map(({ name, value }) => [name.value, { node: value }])
      : [];
  if (typeof given.value !== 'object' || given.value === null) return [];
  return Object.entries(given.value).map(([name, value]) => [name, { value: value as unknown }]);
}
