import { EntitySchema } from '@mikro-orm/core';

/**
 * Who may get to know what a column holds. `public`: everybody; it is shown by a field without conditions. `internal`: those whom
 * the OS shows it. `personal`: it says something of a person, and is erased with the account. `secret`: nobody; it opens something.
 */
export type ColumnClass = 'public' | 'internal' | 'personal' | 'secret';

type Entity = abstract new (...args: never[]) => unknown;
/** What `defineEntity` answers. */
interface Schema<E> {
  readonly '~entity': E;
}

interface Classes<K extends string = string> {
  personal?: readonly K[];
  secret?: readonly K[];
}

const classified = new WeakMap<object, Classes>();

/** Says which columns of a stored thing are personal or secret; all others are internal, or public where a field shows them. */
export function classify<E>(schema: Schema<E>, classes: Classes<keyof E & string>): void {
  classified.set(schema, classes);
}

export interface ClassifiedColumn {
  entity: string;
  table: string;
  property: string;
  column: string;
  class: ColumnClass;
}

/** The columns of stored things; `shown` are the properties of an entity that fields show to everybody. */
export function columnsOf(
  entities: readonly Entity[],
  shown: (entity: Entity) => ReadonlySet<string> = () => new Set(),
): ClassifiedColumn[] {
  return entities.flatMap((entity) => {
    const schema = EntitySchema.REGISTRY.get(entity as never);
    if (!schema) return [];
    const { personal = [], secret = [] } = classified.get(schema) ?? {};
    const open = shown(entity);
    // `fieldNames` is there once the ORM has read the entity; until then `name` is that of the column.
    return Object.entries(schema.meta.properties as Record<string, { name?: string; fieldNames?: string[] }>).map(
      ([property, { name, fieldNames }]) => ({
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
      }),
    );
  });
}
