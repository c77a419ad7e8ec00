/** A JSON Schema (draft 2020-12), for validation and for form builders. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The default limit of texts in characters. */
const textAtMost = 300;

export function text(description: string, maxLength = textAtMost): JsonSchema {
  return { type: 'string', minLength: 1, maxLength, description };
}

export function pattern(expression: string, description: string, example: string): JsonSchema {
  return { type: 'string', maxLength: textAtMost, pattern: expression, description, examples: [example] };
}

export function oneOf(values: readonly (string | number)[], description: string): JsonSchema {
  return { enum: values, description };
}

export function whole(minimum: number, maximum: number, description: string): JsonSchema {
  return { type: 'integer', minimum, maximum, description };
}

export function date(description: string): JsonSchema {
  return { type: 'string', format: 'date', description };
}

export function yes(description: string): JsonSchema {
  return { type: 'boolean', description };
}

/** An object of these properties and no others. */
export function object(
  properties: Record<string, JsonSchema>,
  more: { description?: string; required?: readonly string[] } & Record<string, unknown> = {},
): JsonSchema {
  return { type: 'object', properties, additionalProperties: false, ...more };
}

/** If `test` holds, `so` must hold; otherwise `otherwise`. */
export function when(test: JsonSchema, so: JsonSchema, otherwise?: JsonSchema): JsonSchema {
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; schemas are never awaited
  return { if: test, then: so, ...(otherwise ? { else: otherwise } : {}) };
}
