/** Runs in the planner's thread alone. Erasable TypeScript: Node loads it there by stripping its types. */
import {
  Kind,
  print,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { graphNames } from '../../supergraph/notes.ts';
import {
  FieldTypes,
  hasFields,
  namedType,
  parseFieldSet,
  printFieldSet,
  said,
  type TypeWithFields,
} from './field-sets.ts';
import { noVariants, type Need, type Variant, type Variants } from './variants.ts';

/**
 * The supergraph in which each field with arguments that a `@requires` names is a field of its own, for the planner alone. Returns the
 * same document if no `@requires` names such a field, which is nearly always.
 */
export function withVariants(document: DocumentNode): { document: DocumentNode; variants: Variants } {
  const types = new FieldTypes(document);
  const joins = [...types.joins()].filter(({ join }) => said(join, 'requires') !== undefined);
  if (!joins.some(({ type, join }) => namesArguments(types, type, parseFieldSet(said(join, 'requires') ?? ''))))
    return { document, variants: noVariants };
  const rewriting = new Rewriting(document, types);
  return { document: rewriting.document(document), variants: rewriting.variants };
}

/** Whether a field set selects a field that has arguments. */
function namesArguments(types: FieldTypes, parent: string, { selections }: SelectionSetNode): boolean {
  return selections.some((each) => {
    if (each.kind === Kind.INLINE_FRAGMENT)
      return namesArguments(types, each.typeCondition?.name.value ?? parent, each.selectionSet);
    if (each.kind !== Kind.FIELD) return false;
    const definition = types.field(parent, each.name.value);
    if (!definition) return false;
    if (definition.arguments?.length) return true;
    return each.selectionSet ? namesArguments(types, namedType(definition.type), each.selectionSet) : false;
  });
}

class Rewriting {
  readonly variants = { byName: new Map<string, Variant>(), needs: new Map<string, readonly Need[]>() };
  readonly #types: FieldTypes;
  /** Field with arguments, printed → its variant. */
  readonly #names = new Map<string, string>();
  /** Type → variant → field. */
  readonly #added = new Map<string, Map<string, string>>();
  /** `graph Type.field` of the fields that field sets still name after the rewriting. */
  readonly #named = new Set<string>();
  /** Field set by its `@join__field`. */
  readonly #texts = new Map<ConstDirectiveNode, string>();
  readonly #taken = new Set<string>();

  constructor(document: DocumentNode, types: FieldTypes) {
    this.#types = types;
    for (const each of document.definitions)
      if (hasFields(each)) for (const { name } of each.fields ?? []) this.#taken.add(name.value);
    const subgraphs = graphNames(document);
    for (const { type, field, join } of types.joins()) {
      const graph = said(join, 'graph') ?? '';
      const provides = said(join, 'provides');
      if (provides !== undefined) this.#rewrite(parseFieldSet(provides), namedType(field.type), graph, '', null);
      const requires = said(join, 'requires');
      if (requires === undefined) continue;
      const needs: Need[] = [];
      const set = this.#rewrite(parseFieldSet(requires), type, graph, '', needs);
      if (needs.length === 0) continue;
      this.#texts.set(join, printFieldSet(set));
      this.variants.needs.set(`${subgraphs.get(graph) ?? graph}/${type}.${field.name.value}`, needs);
    }
  }

  document({ kind, definitions }: DocumentNode): DocumentNode {
    return { kind, definitions: definitions.map((each) => (hasFields(each) ? this.#type(each) : each)) };
  }

  /** Rewrites a field set and notes what it needs and names; `needs` is null where variants cannot occur. */
  #rewrite(set: SelectionSetNode, parent: string, graph: string, at: string, needs: Need[] | null): SelectionSetNode {
    const one = (selection: SelectionNode): SelectionNode => {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition?.name.value ?? parent;
        return { ...selection, selectionSet: this.#rewrite(selection.selectionSet, type, graph, at, needs) };
      }
      const name = selection.name.value;
      const definition = this.#types.field(parent, name);
      if (selection.kind !== Kind.FIELD || !definition) return selection;
      const place = at === '' ? name : `${at}.${name}`;
      const below = selection.selectionSet;
      const inner = below ? this.#rewrite(below, namedType(definition.type), graph, place, needs) : undefined;
      const types = this.#types.withImplementing(parent);
      if (!needs || !definition.arguments?.length) {
        for (const type of types) this.#named.add(`${graph} ${type}.${name}`);
        return { ...selection, ...(inner ? { selectionSet: inner } : {}) };
      }
      const variant = this.#variantOf(selection);
      for (const type of types) {
        this.#add(type, variant, name);
        this.#named.add(`${graph} ${type}.${variant}`);
      }
      needs.push({ at: place, types, variant });
      return {
        kind: Kind.FIELD,
        name: { kind: Kind.NAME, value: variant },
        ...(inner ? { selectionSet: inner } : {}),
      };
    };
    return { ...set, selections: set.selections.map(one) };
  }

  #variantOf({ name, arguments: given = [] }: FieldNode): string {
    const sorted = given.toSorted((a, b) => (a.name.value < b.name.value ? -1 : 1));
    const key = print({ kind: Kind.FIELD, name, arguments: sorted });
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    let n = this.#names.size;
    while (this.#taken.has(`${name.value}_required_${n}`)) n += 1;
    const variant = `${name.value}_required_${n}`;
    this.#taken.add(variant);
    this.#names.set(key, variant);
    this.variants.byName.set(variant, { field: name.value, arguments: given });
    return variant;
  }

  #add(type: string, variant: string, field: string): void {
    const there = this.#added.get(type) ?? new Map<string, string>();
    this.#added.set(type, there.set(variant, field));
  }

  #has(type: string, field: string): boolean {
    return this.#types.field(type, field) !== undefined || this.#added.get(type)?.has(field) === true;
  }

  #type(definition: TypeWithFields): TypeWithFields {
    const fields = (definition.fields ?? []).map((field) => this.#withTexts(field));
    const added = this.#added.get(definition.name.value);
    if (!added) return { ...definition, fields };
    const originals = new Set(added.values());
    const variants = [...added].flatMap(([variant, original]) => {
      const field = fields.find(({ name }) => name.value === original);
      if (!field) return [];
      const own = { ...field, name: { kind: Kind.NAME as const, value: variant }, arguments: [] };
      return [this.#withoutUnusedExternal(definition, own)];
    });
    const left = fields.map((field) =>
      originals.has(field.name.value) ? this.#withoutUnusedExternal(definition, field) : field,
    );
    return { ...definition, fields: [...left, ...variants] };
  }

  #withTexts(field: FieldDefinitionNode): FieldDefinitionNode {
    const directives = field.directives?.map((join): ConstDirectiveNode => {
      const value = this.#texts.get(join);
      if (value === undefined) return join;
      const given = join.arguments?.map((each) =>
        each.name.value === 'requires' ? { ...each, value: { kind: Kind.STRING as const, value } } : each,
      );
      return { ...join, ...(given ? { arguments: given } : {}) };
    });
    return { ...field, ...(directives ? { directives } : {}) };
  }

  /** An external field must be used: a subgraph has the variants that it requires, and the field only if it names that too. */
  #withoutUnusedExternal(type: TypeWithFields, field: FieldDefinitionNode): FieldDefinitionNode {
    const isLeft = (join: ConstDirectiveNode): boolean => {
      const isExternal = join.arguments?.some(
        ({ name, value }) => name.value === 'external' && value.kind === Kind.BOOLEAN && value.value,
      );
      if (join.name.value !== 'join__field' || !isExternal) return true;
      const graph = said(join, 'graph') ?? '';
      if (this.#named.has(`${graph} ${type.name.value}.${field.name.value}`)) return true;
      // An interface of that subgraph demands it.
      return (type.directives ?? []).some(
        (each) =>
          each.name.value === 'join__implements' &&
          said(each, 'graph') === graph &&
          this.#has(said(each, 'interface') ?? '', field.name.value),
      );
    };
    return { ...field, directives: (field.directives ?? []).filter(isLeft) };
  }
}
