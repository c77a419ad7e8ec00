import type { Migration } from '../../../platform/database/migrations.ts';
import { assets001 } from './001-assets.ts';
import { assets002 } from './002-indexes.ts';
import { assets003 } from './003-search.ts';
import { assets004 } from './004-registry.ts';
import { assets005 } from './005-default-categories.ts';
import { assets006 } from './006-duplicates.ts';
import { assets007 } from './007-media.ts';
import { assets008 } from './008-embeddings.ts';
import { assets009 } from './009-words.ts';
import { assets010 } from './010-media-limits.ts';
import { assets011 } from './011-media-annotations.ts';
import { assets012 } from './012-link-consent.ts';
import { assets013 } from './013-hand-edits.ts';
import { assets014ClosedOwners } from './014-closed-owners.ts';
import { assets015 } from './015-materials.ts';
import { assets016 } from './016-normal-texts.ts';
import { assets017 } from './017-archived-annotations.ts';
import { assets019 } from './019-indexing.ts';
import { assets020 } from './020-record-fetches.ts';
import { assets021 } from './021-fetches.ts';

/** In order; append new ones. */
export const migrations: readonly Migration[] = [
  assets001,
  assets002,
  assets003,
  assets004,
  assets005,
  assets006,
  assets007,
  assets008,
  assets009,
  assets010,
  assets011,
  assets012,
  assets013,
  assets014ClosedOwners,
  assets015,
  assets016,
  assets017,
  assets019,
  assets020,
  assets021,
];
