import 'reflect-metadata';
import { Directive, Field, getMetadataStorage, ID, ObjectType } from 'type-graphql';
import type { AnyClass } from './any-class.ts';

/** An object type that each OS builds for itself: a value type. */
export interface MadeType<V = unknown> {
  readonly type: AnyClass;
  /** For the compiler alone. */
  readonly value: V;
  build(entities: ForeignEntities): readonly AnyClass[];
}

/** A reference to an entity of another OS, by its id. */
export interface Stub {
  id: string;
}

/**
 * The entities of other OSes that one OS refers to. Each OS has its own classes, because TypeGraphQL adds the fields that an OS
 * contributes to the class itself.
 */
export class ForeignEntities {
  readonly #classes = new Map<string, AnyClass>();
  readonly #values = new Map<MadeType, readonly AnyClass[]>();
  readonly #written: readonly AnyClass[];

  /** `written` are hand-written types; one of them may already represent an entity. */
  constructor(written: readonly AnyClass[] = []) {
    this.#written = written;
  }

  /**
   * The class that represents an entity here. `Actor` is an interface of the graph, all others are object types. Its key is printed
   * as not resolvable if the OS adds no field to it (`platform/subgraph/stubs.ts`).
   */
  of(name: string): AnyClass {
    let known = this.#classes.get(name) ?? this.#writtenAs(name);
    if (!known) {
      class Entity {}
      Field(() => ID)(Entity.prototype, 'id');
      ObjectType(name)(Entity);
      Directive('@key(fields: "id")')(Entity);
      if (name === 'Actor') Directive('@interfaceObject')(Entity);
      this.#classes.set(name, (known = Entity));
    }
    return known;
  }

  #writtenAs(name: string): AnyClass | undefined {
    const types = getMetadataStorage().objectTypes;
    return this.#written.find((each) => types.some((type) => type.target === each && type.name === name));
  }

  /** Builds a value type for this OS, with the resolvers of its computed fields. */
  make(value: MadeType): void {
    if (this.#values.has(value)) return;
    // Set first, because it may refer to itself.
    this.#values.set(value, []);
    this.#values.set(value, value.build(this));
  }

  /** The classes it has built that no resolver may mention. */
  get classes(): AnyClass[] {
    return [...this.#classes.values(), ...[...this.#values.keys()].map(({ type }) => type)];
  }

  /** The resolver classes of value types. */
  get resolvers(): AnyClass[] {
    return [...this.#values.values()].flat();
  }
}

/** The entity with this id; null if there is no id. */
export function stub(id: string | null | undefined): Stub | null {
  return id ? { id } : null;
}
