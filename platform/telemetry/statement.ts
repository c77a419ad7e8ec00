/** Literals of SQL: texts with and without escapes, dollar-quoted texts, and numbers that are no part of a name or parameter. */
const literals =
  /\be'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\$([a-z_]\w*)?\$[\s\S]*?\$\1\$|(?<![\w$".])\d+(?:\.\d+)?(?:e[+-]?\d+)?\b/gi;

/**
 * The text of a statement without the values in it, which the ORM writes there and which may be anybody's. A text that is not understood
 * is left out.
 */
export function withoutLiterals(text: string): string {
  const bare = text.replaceAll(literals, '?');
  return bare.includes("'") ? '(not shown)' : bare;
}

/** What a statement does, in short: its first word. */
export function summaryOf(text: string): string {
  return `sql ${/^[\s(]*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? 'statement'}`;
}
