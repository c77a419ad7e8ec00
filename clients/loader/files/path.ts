/** Characters of a path: it becomes the asset's source id, which has at most 300. */
const pathAtMost = 300;

/** Characters of a tag, and tags of an asset, the graph's limits. */
const tagAtMost = 60;
const tagsAtMost = 50;

const systemNames = new Set(['__macosx', 'thumbs.db', 'desktop.ini']);

/**
 * Normalizes a name in a folder or an archive to a path in NFC, so that it is the same whichever system wrote it. A path that leads
 * outside is refused even though nothing is written there, since its folders would become tags.
 */
export function pathOf(name: string): { path: string } | { code: string; message: string } {
  if (name.startsWith('/') || /^[a-z]:/i.test(name) || name.split(/[/\\]/).includes('..'))
    return {
      code: 'unsafe_path',
      message: 'The path leads out of its folder. Paths must be relative and without "..".',
    };
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\uFFFD\\]/.test(name))
    return {
      code: 'bad_name',
      message: 'The name contains control characters, a backslash or bytes that are not text.',
    };
  const parts = name.normalize('NFC').split('/');
  const path = parts.filter((part) => part !== '' && part !== '.').join('/');
  if (path === '') return { code: 'bad_name', message: 'The name is empty.' };
  if (path.length > pathAtMost)
    return {
      code: 'bad_name',
      message: `A path may have at most ${pathAtMost} characters; this one has ${path.length}.`,
    };
  return { path };
}

export function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || systemNames.has(part.toLowerCase()));
}

/** The folder of a file, without a trailing slash; empty at the top level. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

export function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `Water_lilies.front.jpg` is "Water lilies.front". */
export function titleOf(fileName: string): string {
  const stem = fileName.replace(/\.[^.]{1,8}$/, '');
  return stem.replace(/_+/g, ' ').replace(/\s+/g, ' ').trim() || fileName;
}

/** The folders of a path, each a tag. */
export function tagsOf(folder: string): string[] {
  const names = folder.split('/').map((name) => name.replace(/[_\s]+/g, ' ').trim());
  const cut = names.filter((name) => name !== '').map((name) => Array.from(name).slice(0, tagAtMost).join('').trim());
  return [...new Set(cut)].slice(0, tagsAtMost);
}

/** The folders of a path as the path of a category: `Prints/Old Masters` is `prints/old-masters`. */
export function categoryOf(folder: string): string | undefined {
  const path = folder
    .toLowerCase()
    .split('/')
    .map((name) => name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, ''))
    .filter((name) => name !== '')
    .join('/');
  return path || undefined;
}
