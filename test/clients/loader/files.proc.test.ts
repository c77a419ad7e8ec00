import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSchema, parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadedQuery } from '../../../clients/loader/files/load.ts';
import { mediaUploadBegin, mediaUploadComplete } from '../../../clients/loader/files/upload.ts';
import { jpeg, wav } from '../../testkit/files.ts';
import { openMediaWorld, type MediaWorld } from '../../testkit/media.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import type { Person } from '../../testkit/world.ts';
import { tarOf, zipOf } from './archives.ts';
import { jsonOf, startLoader } from './programs.ts';

interface FilesJson {
  files: number;
  created: number;
  unchanged: number;
  uploaded: number;
  present: number;
  passedOver: number;
  finished: boolean;
  error: string | null;
  faults: { path: string; code: string; message: string }[];
}

const folder = throwawayFolder('files');
let media: MediaWorld;

beforeAll(async () => {
  media = await openMediaWorld();
});
afterAll(async () => {
  await media.close();
  removeFolder(folder);
});

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

async function load(
  person: Person,
  path: string,
  ...flags: string[]
): Promise<{ code: number | null; said: FilesJson }> {
  const password = write(`${person.email}.password`, person.password);
  const url = `${media.world.url}/graphql`;
  const args = ['files', path, '--url', url, '--email', person.email, '--password-file', password];
  await using child = startLoader([...args, ...flags]);
  const { code } = await child.ended(90_000);
  return { code, said: jsonOf<FilesJson>(child) };
}

async function assetsOf(person: Person): Promise<Record<string, unknown>[]> {
  const { assets } = await person.ask(
    `query ($owner: ID!) { assets(filter: { ownerId: { eq: $owner } }, sort: [TITLE_ASC], first: 50) {
      nodes { sourceId title kind status tags media { fileName kind } } } }`,
    { owner: person.id },
  );
  return assets.nodes as Record<string, unknown>[];
}

const codes = ({ faults }: FilesJson): Record<string, string> =>
  Object.fromEntries(faults.map(({ path, code }) => [path, code]));

test('a folder becomes one asset per file, titled by its name and tagged by its folders; a repetition changes nothing', async () => {
  const ann = await media.world.signUp();
  const picture = await jpeg(40, 30, { seed: 1 });
  write('summer/Prints/Old_Masters/Water_lilies.jpg', picture);
  write('summer/Prints/copy.jpg', picture);
  write('summer/song.wav', wav(500));
  write('summer/notes.txt', 'by the pond');
  write('summer/empty.jpg', '');
  write('summer/.DS_Store', 'x');
  symlinkSync('/etc/passwd', join(folder, 'summer/link.jpg'));

  const first = await load(ann, join(folder, 'summer'));
  expect(codes(first.said)).toEqual({
    'link.jpg': 'symlink',
    'notes.txt': 'unsupported_type',
    'empty.jpg': 'empty',
    'Prints/copy.jpg': 'duplicate_content',
  });
  expect(first).toMatchObject({ code: 1, said: { created: 2, uploaded: 2, passedOver: 1, finished: true } });
  const made = await assetsOf(ann);
  expect(made).toEqual([
    {
      sourceId: 'song.wav',
      title: 'song',
      kind: 'MUSIC',
      status: 'DRAFT',
      tags: [],
      media: [{ fileName: 'song.wav', kind: 'AUDIO' }],
    },
    {
      sourceId: 'Prints/Old_Masters/Water_lilies.jpg',
      title: 'Water lilies',
      kind: 'ART',
      status: 'DRAFT',
      tags: ['prints', 'old masters'],
      media: [{ fileName: 'Water_lilies.jpg', kind: 'IMAGE' }],
    },
  ]);
  const again = await load(ann, join(folder, 'summer'), '--lenient');
  expect(again).toMatchObject({ code: 0, said: { created: 0, unchanged: 2, uploaded: 0, present: 2 } });
  expect(await assetsOf(ann)).toEqual(made);

  // As after an interruption: only missing files are loaded.
  write('summer/late.wav', wav(700));
  const more = await load(ann, join(folder, 'summer'), '--lenient');
  expect(more).toMatchObject({ code: 0, said: { created: 1, unchanged: 2, uploaded: 1, present: 2 } });
}, 180_000);

test('an archive is not trusted: entries that leave the folder, link, are encrypted or too large are reported by path, and the rest is loaded', async () => {
  const ann = await media.world.signUp();
  const one = await jpeg(40, 30, { seed: 2 });
  const two = await jpeg(40, 30, { seed: 3 });
  const archive = write(
    'album.zip',
    zipOf([
      { name: 'Album/' },
      { name: 'Album/b.jpg', bytes: two },
      { name: 'Album/a.jpg', bytes: one },
      { name: 'Album/a.jpg', bytes: two },
      { name: '../../escaped.jpg', bytes: one },
      { name: '/absolute.jpg', bytes: one },
      { name: 'C:\\windows.jpg', bytes: one },
      { name: 'bell\u0007.jpg', bytes: one },
      { name: 'secret.jpg', bytes: one, encrypted: true },
      { name: 'link.jpg', linkname: '/etc/passwd' },
      { name: 'bomb.jpg', bytes: Buffer.alloc(40 * 1_048_576) },
      { name: '__MACOSX/._a.jpg', bytes: one },
    ]),
  );
  const { code, said } = await load(ann, archive, '--group', 'folder');
  expect(codes(said)).toEqual({
    'Album/a.jpg': 'duplicate_path',
    '../../escaped.jpg': 'unsafe_path',
    '/absolute.jpg': 'unsafe_path',
    'C:\\windows.jpg': 'unsafe_path',
    'bell\uFFFD.jpg': 'bad_name',
    'secret.jpg': 'encrypted',
    'link.jpg': 'symlink',
    'bomb.jpg': 'too_big',
  });
  expect({ code, uploaded: said.uploaded, passedOver: said.passedOver }).toEqual({
    code: 1,
    uploaded: 2,
    passedOver: 1,
  });
  expect(await assetsOf(ann)).toMatchObject([
    { sourceId: 'Album', title: 'Album', media: [{ fileName: 'a.jpg' }, { fileName: 'b.jpg' }] },
  ]);
}, 120_000);

test('a gzipped TAR archive is loaded; one that would fill the disk creates nothing', async () => {
  const ann = await media.world.signUp();
  const picture = await jpeg(40, 30, { seed: 4 });
  const tar = await tarOf([
    { name: './Boats/sail.jpg', bytes: picture },
    { name: 'link.jpg', linkname: '/etc/passwd' },
    { name: '../out.jpg', bytes: picture },
  ]);
  const sound = await load(ann, write('boats.tar.gz', gzipSync(tar)), '--publish');
  expect(codes(sound.said)).toEqual({ 'link.jpg': 'symlink', '../out.jpg': 'unsafe_path' });
  expect(await assetsOf(ann)).toMatchObject([{ title: 'sail', status: 'PUBLISHED', tags: ['boats'] }]);

  const bomb = await tarOf([{ name: 'bomb.jpg', bytes: Buffer.alloc(40 * 1_048_576) }]);
  const refused = await load(ann, write('bomb.tar.gz', gzipSync(bomb)));
  expect(refused).toMatchObject({ code: 1, said: { finished: false, created: 0 } });
  expect(refused.said.error).toContain('it grows to more than');
  const cut = await load(ann, write('cut.tar', tar.subarray(0, 700)));
  expect(cut.said.error).toContain('is damaged');
  expect(await assetsOf(ann)).toHaveLength(1);
}, 180_000);

test('its operations are valid in the committed schema', () => {
  const path = fileURLToPath(new URL('../../../schema/api.graphql', import.meta.url));
  const schema = buildSchema(readFileSync(path, 'utf8'));
  for (const operation of [loadedQuery, mediaUploadBegin, mediaUploadComplete])
    expect(validate(schema, parse(operation))).toEqual([]);
});
