import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileTypeFromFile } from 'file-type';
import type { ImportLine } from '../works/line.ts';
import type { Findings, FoundFile } from './found.ts';
import { categoryOf, folderOf, lastOf, tagsOf, titleOf } from './path.ts';

/** Media per asset, the graph's limit. */
const mediaAtMost = 50;

type Kind = NonNullable<ImportLine['kind']>;

export interface LookedFile extends FoundFile {
  sha256: string;
  kind: Kind;
}

/** An asset to create, and its files in order. */
export interface Item {
  /** The path of its file or folder. */
  sourceId: string;
  line: Omit<ImportLine, 'line'>;
  files: LookedFile[];
}

export interface ItemOptions {
  /** `file`: an asset for each file; `folder`: one for each folder with files, which become its media. */
  group: 'file' | 'folder';
  /** How to use the folders of a path. */
  folders: 'tags' | 'category' | 'nothing';
  kind: Kind | null;
  /** The title of the asset for the files at the top level. */
  name: string;
}

/** Inspects each file: its type by its content, and its digest, by which the graph recognises it. */
export async function look(findings: Findings): Promise<LookedFile[]> {
  const looked: LookedFile[] = [];
  const inOrder = findings.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const found of inOrder) {
    if (found.size === 0) {
      findings.fault(found.path, 'empty', 'The file is empty.');
      continue;
    }
    const type = await fileTypeFromFile(found.file);
    const kind = kindOf(type?.mime ?? '');
    if (kind === null) {
      const what = type
        ? `Files of the type ${type.mime} are not accepted`
        : 'The type cannot be determined from the content';
      findings.fault(
        found.path,
        'unsupported_type',
        `${what}. Accepted are pictures, recordings, films, PDF and binary glTF.`,
      );
      continue;
    }
    looked.push({ ...found, kind, sha256: await digestOf(found.file) });
  }
  return looked;
}

/** The kind of asset by media type; null for types that the graph would refuse, so that no empty asset is created. */
function kindOf(mime: string): Kind | null {
  if (mime.startsWith('image/') || mime.startsWith('video/')) return 'ART';
  if (mime.startsWith('audio/')) return 'MUSIC';
  if (mime === 'application/pdf') return 'DOCUMENT';
  return mime === 'model/gltf-binary' ? 'OTHER' : null;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Groups files into assets. Content that appears twice in one asset, or as two assets, is loaded once. */
export function itemsOf(files: readonly LookedFile[], findings: Findings, options: ItemOptions): Item[] {
  const items = new Map<string, Item>();
  const seen = new Map<string, string>();
  for (const file of files) {
    const folder = folderOf(file.path);
    const sourceId = options.group === 'file' ? file.path : folder || '.';
    const content = options.group === 'file' ? file.sha256 : `${sourceId} ${file.sha256}`;
    const first = seen.get(content);
    if (first !== undefined) {
      findings.fault(file.path, 'duplicate_content', `${first} has the same content and is loaded instead.`);
      continue;
    }
    let item = items.get(sourceId);
    if (!item) {
      const name = options.group === 'file' ? titleOf(lastOf(file.path)) : titleOf(lastOf(folder) || options.name);
      item = { sourceId, line: lineOf(sourceId, name, file, folder, options), files: [] };
      items.set(sourceId, item);
    }
    if (item.files.length >= mediaAtMost) {
      findings.fault(file.path, 'too_many_files', `An asset may have at most ${mediaAtMost} media.`);
      continue;
    }
    seen.set(content, file.path);
    item.files.push(file);
  }
  return [...items.values()];
}

function lineOf(
  sourceId: string,
  title: string,
  file: LookedFile,
  folder: string,
  { group, folders, kind }: ItemOptions,
): Item['line'] {
  // A folder that becomes an asset provides its title; the folders above it provide tags or category.
  const place = group === 'file' ? folder : folderOf(folder);
  const category = folders === 'category' ? categoryOf(place) : undefined;
  return {
    sourceId,
    title,
    kind: kind ?? file.kind,
    tags: folders === 'tags' ? tagsOf(place) : [],
    ...(category === undefined ? {} : { category }),
  };
}
