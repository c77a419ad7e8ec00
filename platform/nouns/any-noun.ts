import type { ForeignEntities } from '../declare/entities.ts';
import type { AnyClass } from '../declare/any-class.ts';
import type { Noun } from './noun.ts';
import type { NounOptions, Row } from './options.ts';

/** A noun of any row type, as the platform handles all of them. */
export type AnyNoun = Pick<
  Noun<Row>,
  'name' | 'prefixes' | 'prefixOf' | 'types' | 'isInterface' | 'load' | 'counts'
> & {
  options: Pick<NounOptions<Row>, 'type' | 'interfaces' | 'audience' | 'visible' | 'search'> & {
    entity: object;
    filter: object;
    sort: readonly string[];
  };
  /** For a declared noun: the entity that stores it, and the builder of its type and root fields. */
  stored?: AnyClass;
  columns?: ReadonlySet<string>;
  open?: ReadonlySet<string>;
  unrestricted?: ReadonlySet<string>;
  isVariant?: boolean;
  build?: (entities: ForeignEntities) => { type: AnyClass; resolvers: readonly AnyClass[] };
};
