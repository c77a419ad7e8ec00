/** Runs in the planner's thread too. Erasable TypeScript: Node loads it there by stripping its types. */
import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';
import { FieldTypes, namedType, parseFieldSet, said } from '../planning/variants/field-sets.ts';
import type { Guard } from './guards.ts';

/** A type with the guards that it declares. */
interface Declaring {
  readonly guards: readonly Guard[];
  readonly fields: ReadonlyMap<string, { readonly guards?: readonly Guard[] }>;
}

/**
 * The guards that types and fields have besides those that they declare. Newer compositions refuse such supergraphs or declare these
 * guards themselves; in those of older ones there are two ways around a guard:
 *
 * - A fragment on a type selects what only its interface guards. Where one of the types declares the same directive, the interface has it
 *   from there, and it does not hold for the others.
 * - A field that requires a guarded one shows what is computed of it.
 */
export class InheritedGuards {
  readonly #declared: ReadonlyMap<string, Declaring>;
  readonly #types: FieldTypes;
  /** By `Type` and by `Type.field`. */
  readonly #found = new Map<string, readonly Guard[]>();

  constructor(document: DocumentNode, declared: ReadonlyMap<string, Declaring>) {
    this.#declared = declared;
    this.#types = new FieldTypes(document);
    for (const each of document.definitions)
      if (each.kind === Kind.INTERFACE_TYPE_DEFINITION) this.#pass(each.name.value);
    const requiring = [...this.#types.joins()].flatMap(({ type, field, join }) => {
      const set = said(join, 'requires');
      return set === undefined ? [] : [{ key: `${type}.${field.name.value}`, guards: this.#within(set, type) }];
    });
    for (const { key, guards } of requiring) this.#add(key, guards);
  }

  ofType(type: string): readonly Guard[] {
    return this.#found.get(type) ?? [];
  }

  ofField(type: string, field: string): readonly Guard[] {
    return this.#found.get(`${type}.${field}`) ?? [];
  }

  /** Passes the guards of an interface on to its types. */
  #pass(name: string): void {
    const [, ...implementing] = this.#types.withImplementing(name);
    const ofTypes = implementing.map((type) => this.#declared.get(type));
    const onType = undeclared(
      this.#declared.get(name)?.guards,
      ofTypes.flatMap((type) => type?.guards ?? []),
    );
    for (const type of implementing) this.#add(type, onType);
    for (const [field, { guards }] of this.#declared.get(name)?.fields ?? []) {
      const onField = undeclared(
        guards,
        ofTypes.flatMap((type) => type?.fields.get(field)?.guards ?? []),
      );
      for (const type of implementing) this.#add(`${type}.${field}`, onField);
    }
  }

  /** The guards of all fields in a field set, and of what those require. */
  #within(set: string, type: string, seen: ReadonlySet<string> = new Set()): Guard[] {
    const walk = ({ selections }: SelectionSetNode, parent: string): Guard[] =>
      selections.flatMap((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
        if (selection.kind === Kind.INLINE_FRAGMENT)
          return walk(selection.selectionSet, selection.typeCondition?.name.value ?? parent);
        const name = selection.name.value;
        const { selectionSet } = selection;
        return this.#types.withImplementing(parent).flatMap((each) => {
          const field = this.#types.field(each, name);
          const key = `${each}.${name}`;
          if (!field || seen.has(key)) return [];
          const answered = namedType(field.type);
          const further = (field.directives ?? []).flatMap((join) => {
            const required = join.name.value === 'join__field' ? said(join, 'requires') : undefined;
            return required === undefined ? [] : this.#within(required, each, new Set([...seen, key]));
          });
          return [
            ...this.#all(each),
            ...(this.#declared.get(each)?.fields.get(name)?.guards ?? []),
            ...this.ofField(each, name),
            ...this.#all(answered),
            ...further,
            ...(selectionSet ? walk(selectionSet, answered) : []),
          ];
        });
      });
    return [...new Set(walk(parseFieldSet(set), type))];
  }

  #all(type: string): Guard[] {
    return [...(this.#declared.get(type)?.guards ?? []), ...this.ofType(type)];
  }

  #add(key: string, guards: readonly Guard[]): void {
    if (guards.length > 0) this.#found.set(key, [...(this.#found.get(key) ?? []), ...guards]);
  }
}

/** What these guards ask for and none of the others does. */
function undeclared(guards: readonly Guard[] = [], others: readonly Guard[]): Guard[] {
  return guards.flatMap(({ signedIn, scopes, policies }) => {
    const left: Guard = {
      signedIn: signedIn && !others.some((other) => other.signedIn),
      scopes: others.some((other) => other.scopes) ? null : scopes,
      policies: others.some((other) => other.policies) ? null : policies,
    };
    return left.signedIn || left.scopes || left.policies ? [left] : [];
  });
}
