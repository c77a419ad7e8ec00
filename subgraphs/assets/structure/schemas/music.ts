import { enumeration } from '../../../../platform/declare/enumeration.ts';
import { date, object, oneOf, pattern, text, whole, yes } from './schema.ts';

export const MusicReleaseType = enumeration('MusicReleaseType', 'The type of a music release.', {
  ALBUM: 'A full-length album.',
  EP: 'An extended play.',
  SINGLE: 'A single.',
  COMPILATION: 'A compilation.',
  LIVE: 'A live recording.',
  SOUNDTRACK: 'A soundtrack.',
  REMIX: 'A release of remixes.',
});

/** The longest duration in milliseconds: a day. */
const dayMs = 86_400_000;

const durationMs = whole(1, dayMs, 'Length in milliseconds, at most a day.');
const bpm = { type: 'number', minimum: 1, maximum: 999, description: 'Beats per minute.' };
const musicalKey = pattern('^[A-G](#|b)? (major|minor)$', 'Musical key.', 'F# minor');

/** Codes: ISRC is ISO 3901, ISWC ISO 15707, GTIN (UPC, EAN) of GS1 with its check digit. */
export const musicAlbum = object({
  gtin: {
    type: 'string',
    format: 'gtin',
    maxLength: 14,
    description: 'GTIN-12 (UPC), GTIN-13 (EAN) or GTIN-14, digits only, with its check digit.',
    examples: ['0602445790128'],
  },
  catalogNumber: text('The catalogue number of the label.', 60),
  label: text('The label that released it.'),
  releaseType: oneOf(MusicReleaseType.values, 'The type of release.'),
  releaseDate: date('The date of release.'),
  genres: {
    type: 'array',
    maxItems: 20,
    uniqueItems: true,
    items: text('A genre.', 60),
    description: 'At most 20.',
  },
  discCount: whole(1, 100, 'Number of discs.'),
  copyrightLine: text('The ℗ or © line as printed.'),
});

export const musicTrack = object({
  isrc: pattern('^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$', 'ISRC (ISO 3901) without hyphens.', 'USRC17607839'),
  iswc: pattern('^T[0-9]{10}$', 'ISWC of the composition (ISO 15707) without dots and hyphens.', 'T0345246801'),
  durationMs,
  position: whole(1, 999, 'The position on the disc, from 1.'),
  disc: whole(1, 100, 'The number of the disc, from 1.'),
  versionTitle: text('Such as “Radio Edit”.', 120),
  explicit: yes('Whether the words are marked as explicit.'),
  language: pattern('^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', 'Language of the words (BCP 47).', 'de'),
  bpm,
  musicalKey,
});

export const MusicStemRole = enumeration('MusicStemRole', 'The part of a recording that a stem carries.', {
  VOCALS: 'Voices.',
  DRUMS: 'Drums and percussion.',
  BASS: 'Bass.',
  GUITAR: 'Guitar.',
  KEYS: 'Keyboards.',
  STRINGS: 'Strings.',
  BRASS: 'Brass.',
  FX: 'Effects.',
  OTHER: 'Anything else.',
});

export const musicStem = object(
  {
    role: oneOf(MusicStemRole.values, 'The part that the stem carries.'),
    instrument: text('The instrument or voice.', 120),
    durationMs,
    bpm,
    musicalKey,
    sampleRateHz: whole(8000, 768_000, 'Samples per second.'),
    bitDepth: oneOf([16, 24, 32], 'Bits per sample.'),
    channels: whole(1, 64, 'Audio channels.'),
  },
  { required: ['role'] },
);
