import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'vite';

/** A source file: its path from the root, with slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

export interface Import {
  specifier: string;
  /** The path from the root that a relative specifier refers to; `null` for a package. */
  target: string | null;
  /** Whether it is erased when the program runs. */
  typeOnly: boolean;
}

/** The parts of a file's syntax that the rules use. */
export interface Syntax {
  imports: Import[];
  hasDefaultExport: boolean;
  readsEnvironment: boolean;
  /** Whether the file defines an async iterator by hand. */
  definesAsyncIterator: boolean;
}

const folders = ['platform', 'subgraphs', 'gateway', 'clients', 'schema', 'bench', 'test'];

/** All hand-written source files under `root`. */
export function readTree(root: string): SourceFile[] {
  const patterns = ['*.{ts,mjs}', ...folders.map((folder) => `${folder}/**/*.{ts,tsx,mjs}`)];
  return globSync(patterns, { cwd: root })
    .filter((path) => !path.startsWith('schema/generated/') && !path.includes('node_modules/'))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** A node of the syntax tree: JSON with a type. */
type Node = Record<string, unknown> & { type: string };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function nodes(root: unknown): Node[] {
  const found: Node[] = [];
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (Array.isArray(value)) open.push(...(value as unknown[]));
    else if (isNode(value)) {
      found.push(value);
      open.push(...Object.values(value));
    }
  }
  return found;
}

function isName(value: unknown, name: string): boolean {
  if (!isNode(value)) return false;
  return (
    (value.type === 'Identifier' && value['name'] === name) || (value.type === 'Literal' && value['value'] === name)
  );
}

/** The text of a string literal or a template without placeholders. */
function textOf(value: unknown): string | null {
  if (!isNode(value)) return null;
  if (value.type === 'Literal' && typeof value['value'] === 'string') return value['value'];
  const quasis = value.type === 'TemplateLiteral' ? (value['quasis'] as { value: { cooked: string } }[]) : [];
  return quasis.length === 1 ? (quasis[0]?.value.cooked ?? null) : null;
}

/** `import type`, `export type`, or braces with only types. */
function isTypeOnly(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = (node['specifiers'] ?? []) as Node[];
  return (
    specifiers.length > 0 && specifiers.every((one) => one['importKind'] === 'type' || one['exportKind'] === 'type')
  );
}

/** The specifier by which `node` imports another file; the address of a worker counts too. */
function imported(node: Node): { specifier: string; typeOnly: boolean } | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType': {
      const specifier = textOf(node['source'] ?? node['argument']);
      return specifier === null ? null : { specifier, typeOnly: node.type === 'TSImportType' || isTypeOnly(node) };
    }
    case 'NewExpression': {
      const [address, base] = node['arguments'] as unknown[];
      const specifier = isName(node['callee'], 'URL') && isNode(base) ? textOf(address) : null;
      const isSource = specifier !== null && /^\..*\.(ts|tsx|mjs|js)$/.test(specifier);
      return isSource ? { specifier, typeOnly: false } : null;
    }
    default:
      return null;
  }
}

function exportsDefault(node: Node): boolean {
  if (node.type === 'ExportDefaultDeclaration') return true;
  return node.type === 'ExportSpecifier' && isName(node['exported'], 'default');
}

function readsEnvironment(node: Node): boolean {
  const process = (value: unknown): boolean =>
    isName(value, 'process') ||
    (isNode(value) && value.type === 'MemberExpression' && isName(value['property'], 'process'));
  const takesEnv = (pattern: unknown): boolean =>
    isNode(pattern) &&
    pattern.type === 'ObjectPattern' &&
    (pattern['properties'] as Node[]).some((property) => isName(property['key'], 'env'));
  switch (node.type) {
    case 'MemberExpression': {
      const ofModule = isNode(node['object']) && node['object'].type === 'MetaProperty';
      return isName(node['property'], 'env') && (ofModule || process(node['object']));
    }
    case 'VariableDeclarator':
      return process(node['init']) && takesEnv(node['id']);
    case 'ImportDeclaration': {
      const specifiers = (node['specifiers'] ?? []) as Node[];
      const fromProcess = ['process', 'node:process'].includes(textOf(node['source']) ?? '');
      return fromProcess && specifiers.some((one) => isName(one['imported'], 'env'));
    }
    default:
      return false;
  }
}

function definesAsyncIterator(node: Node): boolean {
  if (!['MethodDefinition', 'PropertyDefinition', 'Property'].includes(node.type)) return false;
  const { key, computed } = node;
  return (
    computed === true && isNode(key) && isName(key['object'], 'Symbol') && isName(key['property'], 'asyncIterator')
  );
}

/** Parses a file. Throws with the path when it cannot be parsed. */
export function syntaxOf(file: SourceFile): Syntax {
  const { program, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`${file.path}: ${errors[0]?.message}`);
  const all = nodes(program);
  const imports = new Map<string, Import>();
  for (const found of all.map(imported)) {
    if (found === null) continue;
    const { specifier } = found;
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : null;
    const typeOnly = found.typeOnly && (imports.get(specifier)?.typeOnly ?? true);
    imports.set(specifier, { specifier, target, typeOnly });
  }
  return {
    imports: [...imports.values()],
    hasDefaultExport: all.some(exportsDefault),
    readsEnvironment: all.some(readsEnvironment),
    definesAsyncIterator: all.some(definesAsyncIterator),
  };
}

/** The package of a bare import: `@scope/name` for `@scope/name/deep/file.js`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}
