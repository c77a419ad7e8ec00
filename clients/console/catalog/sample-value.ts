import { isEnumType, isInputObjectType, isListType, isNonNullType, isRequiredInputField } from 'graphql';
import type { GraphQLInputType } from 'graphql';
import type { Json } from '../../sdk/json.ts';

/** Values that pass each scalar's validation, so that the first error is about the data and not about its format. */
const SCALARS: Readonly<Record<string, Json>> = {
  Int: 0,
  Float: 0,
  Boolean: false,
  Decimal: '0',
  BigInt: '0',
  DateTime: '2026-01-01T00:00:00.000Z',
  Date: '2026-01-01',
  JSON: {},
  JSONObject: {},
  Currency: 'EUR',
};

/** A value of an input type with only its required fields: text is empty, an enum gets its first value. */
export function sampleValue(type: GraphQLInputType, name: string, uniqueKey: () => string): Json {
  if (isNonNullType(type)) return sampleValue(type.ofType, name, uniqueKey);
  if (isListType(type)) return isNonNullType(type.ofType) ? [sampleValue(type.ofType, name, uniqueKey)] : [];
  if (isEnumType(type)) return type.getValues()[0]?.name ?? null;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const wanted = type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField);
    return Object.fromEntries(wanted.map((field) => [field.name, sampleValue(field.type, field.name, uniqueKey)]));
  }
  if (name === 'idempotencyKey') return uniqueKey();
  return SCALARS[type.name] ?? '';
}
