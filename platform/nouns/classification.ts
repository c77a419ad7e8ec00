import { EntitySchema } from '@mikro-orm/core';

/**
 * Who may learn a column's value. `public`: everybody; an unrestricted field shows it. `internal`: those to whom the OS shows it.
 * `personal`: it describes a person and is erased with the account. `secret`: nobody; it grants access.
 */
export type ColumnClass = 'public' | 'internal' | 'personal' | 'secret';

type Entity = abstract new (...args: never[]) => unknown;
/** The result of `defineEntity`. */
interface Schema<E> {
  readonly '~entity': E;
}

interface Classes<K extends string = string> {
  personal?: readonly K[];
  secret?: readonly K[];
}

const classified = new WeakMap<object, Classes>();

/** Declares which columns of an entity are personal or secret; all others are internal, or public if a field shows them. */
export function classify<E>(schema: Schema<E>, classes: Classes<keyof E & string>): void {
  classified.set(schema, classes);
}

export interface ClassifiedColumn {
  entity: string;
  table: string;
  property: string;
  column: string;
  class: ColumnClass;
  /** Whether the OS stores its values; the database generates others, or a mapping shows them. */
  isWritten: boolean;
}

/** What the ORM knows of a property. */
interface Mapped {
  name?: string;
  fieldNames?: string[];
  generated?: unknown;
  persist?: boolean;
}

/** The columns of entities; `shown` returns the properties of an entity that fields show to everybody. */
export function columnsOf(
  entities: readonly Entity[],
  shown: (entity: Entity) => ReadonlySet<string> = () => new Set(),
): ClassifiedColumn[] {
  return entities.flatMap((entity) => {
    const schema = EntitySchema.REGISTRY.get(entity as never);
    if (!schema) return [];
    const { personal = [], secret = [] } = classified.get(schema) ?? {};
    const open = shown(entity);
    // The ORM sets `fieldNames` when it discovers the entity; until then `name` is the column's.
    return Object.entries(schema.meta.properties as Record<string, Mapped>).map(
      ([property, { name, fieldNames, generated, persist }]) => ({
        entity: schema.meta.className,
        table: schema.meta.tableName,
        property,
        column: fieldNames?.[0] ?? name ?? property,
        class: secret.includes(property)
          ? 'secret'
          : personal.includes(property)
            ? 'personal'
            : open.has(property)
              ? 'public'
              : 'internal',
        isWritten: generated === undefined && persist !== false,
      }),
    );
  });
}
