import { Kind, parse, print, visit } from 'graphql';
import { isJsonList, isJsonObject } from '../../sdk/json.ts';
import type { ArgumentNode, ObjectFieldNode } from 'graphql';
import type { Json } from '../../sdk/json.ts';

/** Names of inputs with secret values. */
const SECRET_NAME =
  /password|passphrase|secret|token$|credential|authorization|(api|private|service)_?key$|^(otp|totp|pin|code)$|(verification|recovery|one_?time)_?code/i;
/** Access tokens (JWT), our service keys, and bearer tokens. */
const SECRET_VALUE = /^Bearer\s|^eyJ[\w-]+\.[\w-]+\.|^esk_/;

/** An operation without its secrets, and their number. */
export interface Cleaned {
  readonly query: string;
  readonly variables: string;
  readonly removed: number;
}

/**
 * Removes values that look like secrets from the text and the variables: a saved query or a link must never contain a password or a
 * token. Text that does not parse is searched only for tokens, as a whole. Headers are never part of either.
 */
export function withoutSecrets(query: string, variables: string): Cleaned {
  let removed = 0;
  const count = (): string => {
    removed += 1;
    return '';
  };
  const cleaned = cleanQuery(query, count);
  return { query: cleaned, variables: cleanVariables(variables, secretVariables(query), count), removed };
}

function cleanQuery(query: string, removed: () => string): string {
  const found: { start: number; end: number }[] = [];
  try {
    visit(parse(query), {
      StringValue(node, _key, parent) {
        const name = parent && 'kind' in parent && 'name' in parent ? parent.name : null;
        const named = name && 'value' in name && SECRET_NAME.test(String(name.value));
        if (node.loc && node.value !== '' && (named || SECRET_VALUE.test(node.value))) found.push(node.loc);
      },
    });
  } catch {
    // Incomplete: there is no syntax tree with names.
    return query.replaceAll(/(Bearer\s+)?\b(eyJ[\w-]+\.[\w-]+\.[\w-]*|esk_[\w-]+)/g, removed);
  }
  // From the end, so that earlier positions stay valid; comments and layout are kept.
  return found
    .reverse()
    .reduce((text, { start, end }) => `${text.slice(0, start)}"${removed()}"${text.slice(end)}`, query);
}

/** Variables used for a secret input, whatever their own names. */
function secretVariables(query: string): ReadonlySet<string> {
  const names = new Set<string>();
  const look = { enter: (node: ArgumentNode | ObjectFieldNode) => collect(node) };
  const collect = (node: ArgumentNode | ObjectFieldNode): void => {
    if (!SECRET_NAME.test(node.name.value)) return;
    visit(node.value, { Variable: (variable) => void names.add(variable.name.value) });
  };
  try {
    visit(parse(query), { Argument: look, ObjectField: look });
  } catch {
    // Incomplete: variables are then judged by their own names only.
  }
  return names;
}

function cleanVariables(variables: string, secret: ReadonlySet<string>, removed: () => string): string {
  if (variables.trim() === '') return '';
  try {
    const value = JSON.parse(variables) as Json;
    let some = false;
    const empty = (): string => {
      some = true;
      return removed();
    };
    const cleaned = isJsonObject(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, inner]) => [
            name,
            cleanValue(inner, secret.has(name) || SECRET_NAME.test(name), empty),
          ]),
        )
      : cleanValue(value, false, empty);
    return some ? JSON.stringify(cleaned, null, 2) : variables;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Invalid JSON cannot be searched, so it is not passed on.
    return removed();
  }
}

function cleanValue(value: Json, secret: boolean, removed: () => string): Json {
  if (isJsonList(value)) return value.map((item) => cleanValue(item, secret, removed));
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        cleanValue(inner, secret || SECRET_NAME.test(name), removed),
      ]),
    );
  }
  if (typeof value === 'string' && value !== '' && (secret || SECRET_VALUE.test(value))) return removed();
  return typeof value === 'number' && secret ? removed() : value;
}

/** The kind of an operation by its text; null if nothing in it can run. */
export function kindOf(query: string): 'query' | 'mutation' | 'subscription' | null {
  try {
    const kinds = parse(query).definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? [node.operation] : [],
    );
    return kinds.find((kind) => kind === 'mutation') ?? kinds[0] ?? null;
  } catch {
    // Incomplete text has no kind.
    return null;
  }
}

/** A default name for an operation. */
export function nameOf(query: string): string {
  try {
    for (const node of parse(query).definitions) {
      if (node.kind !== Kind.OPERATION_DEFINITION) continue;
      const [root] = node.selectionSet.selections;
      return node.name?.value ?? (root?.kind === Kind.FIELD ? root.name.value : print(node).slice(0, 40));
    }
  } catch {
    // Incomplete text has no name.
  }
  return 'Untitled';
}
