import { Type } from '@mikro-orm/core';

/** A column of type `tsvector` that the program writes as text. */
export class TsVector extends Type<string | null, string | null> {
  override convertToDatabaseValueSQL(key: string): string {
    return `${key}::tsvector`;
  }

  override getColumnType(): string {
    return 'tsvector';
  }
}
