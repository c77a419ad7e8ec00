import { valueType } from '../../../platform/declare/value-type.ts';
import { MusicReleaseType, MusicStemRole } from './schemas/music.ts';
import { kind } from './structure.type.ts';

export const MusicAlbum = valueType(
  'MusicAlbum',
  'A release; its tracks are the asset’s parts.',
  (f) => ({
    gtin: f.text('The GTIN (UPC or EAN) of the release; null if unknown.').nullable(),
    catalogNumber: f.text('The catalogue number of the label; null if unknown.').nullable(),
    label: f.text('The label that released it; null if unknown.').nullable(),
    releaseType: f.enum(MusicReleaseType, 'The type of release; null if unknown.').nullable(),
    releaseDate: f.date('The date of release; null if unknown.').nullable(),
    genres: f.texts('Musical genres; empty if none are recorded.'),
    discCount: f.int('Number of discs; null if unknown.').nullable(),
    copyrightLine: f.text('The ℗ or © line as printed; null if unknown.').nullable(),
  }),
  kind,
);

export const MusicTrack = valueType(
  'MusicTrack',
  'A recording; its stems are the asset’s parts.',
  (f) => ({
    isrc: f.text('The ISRC (ISO 3901) without hyphens; null if unknown.').nullable(),
    iswc: f.text('The ISWC (ISO 15707) of the composition; null if unknown.').nullable(),
    durationMs: f.int('Length in milliseconds; null if unknown.').nullable(),
    position: f.int('The position on the disc, from 1; null if unknown.').nullable(),
    disc: f.int('The number of the disc, from 1; null if unknown.').nullable(),
    versionTitle: f.text('The title of the version, such as “Radio Edit”; null if it has none.').nullable(),
    explicit: f.boolean('Whether the words are marked as explicit; null if unknown.').nullable(),
    language: f.text('The language of the words (BCP 47); null if unknown.').nullable(),
    bpm: f.float('Beats per minute; null if unknown.').nullable(),
    musicalKey: f.text('The musical key, such as "F# minor"; null if unknown.').nullable(),
  }),
  kind,
);

export const MusicStem = valueType(
  'MusicStem',
  'One part of a multitrack recording.',
  (f) => ({
    role: f.enum(MusicStemRole, 'The part that the stem carries; null if unknown.').nullable(),
    instrument: f.text('The instrument; null if unknown.').nullable(),
    durationMs: f.int('Length in milliseconds; null if unknown.').nullable(),
    bpm: f.float('Beats per minute; null if unknown.').nullable(),
    musicalKey: f.text('The musical key, such as "F# minor"; null if unknown.').nullable(),
    sampleRateHz: f.int('Samples per second; null if unknown.').nullable(),
    bitDepth: f.int('Bits per sample; null if unknown.').nullable(),
    channels: f.int('Number of audio channels; null if unknown.').nullable(),
  }),
  kind,
);
