import { Kind, parse, print, visit } from 'graphql';
import { isJsonList, isJsonObject } from '../result/json.ts';
import type { ArgumentNode, ObjectFieldNode } from 'graphql';
import type { Json } from '../result/json.ts';

/** Names of inputs whose values are nobody else's business. */
const SECRET_NAME =
  /password|passphrase|secret|token$|credential|authorization|(api|private|service)_?key$|^(otp|totp|pin|code)$|(verification|recovery|one_?time)_?code/i;
/** Access tokens (JWT), our service keys, and whatever is sent as a bearer token. */
const SECRET_VALUE = /^Bearer\s|^eyJ[\w-]+\.[\w-]+\.|^esk_/;

/** An operation without the secrets in it, and how many there were. */
export interface Cleaned {
  readonly query: string;
  readonly variables: string;
  readonly removed: number;
}

/**
 * Empties what looks like a secret, in the text and in the variables: a saved query or a link must never hold a password or a
 * token. Text that does not parse is searched for tokens only, as a whole. Headers are never part of either.
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
    // Not an operation yet: there is no tree to look for names in.
    return query.replaceAll(/(Bearer\s+)?\b(eyJ[\w-]+\.[\w-]+\.[\w-]*|esk_[\w-]+)/g, removed);
  }
  // From the end, so that the places before stay where they are; comments and layout are kept.
  return found
    .reverse()
    .reduce((text, { start, end }) => `${text.slice(0, start)}"${removed()}"${text.slice(end)}`, query);
}

/** Variables that are passed where a secret belongs, whatever they are called themselves. */
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
    // Not an operation yet: the variables are judged by their own names.
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
    // What is no JSON cannot be looked through, so it is not passed on.
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

/** What an operation does, as far as its text says; null where it says nothing that could run. */
export function kindOf(query: string): 'query' | 'mutation' | 'subscription' | null {
  try {
    const kinds = parse(query).definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? [node.operation] : [],
    );
    return kinds.find((kind) => kind === 'mutation') ?? kinds[0] ?? null;
  } catch {
    // Half a text is no operation.
    return null;
  }
}

/** A name for an operation that has been given none. */
export function nameOf(query: string): string {
  try {
    for (const node of parse(query).definitions) {
      if (node.kind !== Kind.OPERATION_DEFINITION) continue;
      const [root] = node.selectionSet.selections;
      return node.name?.value ?? (root?.kind === Kind.FIELD ? root.name.value : print(node).slice(0, 40));
    }
  } catch {
    // Half a text has no name.
  }
  return 'Untitled';
}
