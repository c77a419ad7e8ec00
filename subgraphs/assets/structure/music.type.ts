import { valueType } from '../../../platform/declare/value-type.ts';
import { MusicReleaseType, MusicStemRole } from './schemas/music.ts';
import { kind } from './structure.type.ts';

export const MusicAlbum = valueType(
  'MusicAlbum',
  'A release; its tracks are the asset’s parts.',
  (f) => ({
    gtin: f.text('GTIN: the UPC or EAN.').nullable(),
    catalogNumber: f.text('The label’s own number.').nullable(),
    label: f.text('The label that released it.').nullable(),
    releaseType: f.enum(MusicReleaseType, 'The type of release; null if unknown.').nullable(),
    releaseDate: f.date('The date of release; null if unknown.').nullable(),
    genres: f.texts('Musical genres; empty if none are recorded.'),
    discCount: f.int('Number of discs; null if unknown.').nullable(),
    copyrightLine: f.text('The ℗ or © line as it is printed.').nullable(),
  }),
  kind,
);

export const MusicTrack = valueType(
  'MusicTrack',
  'A recording; its stems are the asset’s parts.',
  (f) => ({
    isrc: f.text('ISRC (ISO 3901) without hyphens.').nullable(),
    iswc: f.text('ISWC of the composition (ISO 15707).').nullable(),
    durationMs: f.int('Length in milliseconds.').nullable(),
    position: f.int('Its place on its disc, from 1.').nullable(),
    disc: f.int('The disc it is on, from 1.').nullable(),
    versionTitle: f.text('Such as “Radio Edit”.').nullable(),
    explicit: f.boolean('Whether its words are marked as explicit.').nullable(),
    language: f.text('Language of the words (BCP 47).').nullable(),
    bpm: f.float('Beats per minute.').nullable(),
    musicalKey: f.text('Such as "F# minor".').nullable(),
  }),
  kind,
);

export const MusicStem = valueType(
  'MusicStem',
  'One part of a multitrack recording.',
  (f) => ({
    role: f.enum(MusicStemRole, 'The part that the stem carries; null if unknown.').nullable(),
    instrument: f.text('The instrument; null if unknown.').nullable(),
    durationMs: f.int('Length in milliseconds.').nullable(),
    bpm: f.float('Beats per minute.').nullable(),
    musicalKey: f.text('Such as "F# minor".').nullable(),
    sampleRateHz: f.int('Samples per second.').nullable(),
    bitDepth: f.int('Bits of a sample.').nullable(),
    channels: f.int('Audio channels.').nullable(),
  }),
  kind,
);
