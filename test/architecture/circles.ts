import type { SourceFile } from './source.ts';
import { syntaxOf } from './source.ts';

/**
 * The import cycles among these files, each with its files in import order, from the first by name. Type imports count: files that
 * can only be understood together are really one file.
 */
export function circlesOf(files: readonly SourceFile[]): string[][] {
  const known = new Set(files.map(({ path }) => path));
  const imports = new Map(
    files.map((file) => [
      file.path,
      syntaxOf(file)
        .imports.flatMap(({ target }) => (target !== null && known.has(target) ? [target] : []))
        .toSorted(),
    ]),
  );
  const found: string[][] = [];
  const done = new Set<string>();
  const follow = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) found.push(fromFirst(way.slice(at)));
    if (at >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) follow(target, [...way, path]);
    done.add(path);
  };
  for (const path of [...known].toSorted()) follow(path, []);
  return found;
}

function fromFirst(circle: readonly string[]): string[] {
  const first = circle.indexOf(circle.toSorted()[0] ?? '');
  return [...circle.slice(first), ...circle.slice(0, first)];
}
