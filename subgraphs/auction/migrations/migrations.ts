import type { Migration } from '../../../platform/database/migrations.ts';
import { auction001 } from './001-auction.ts';
import { auction002 } from './002-viewer-bids.ts';
import { auction003 } from './003-lifecycle.ts';
import { auction004 } from './004-placers.ts';
import { auction005 } from './005-founders.ts';
import { auction006 } from './006-cancelled.ts';
import { auction007 } from './007-normal-texts.ts';
import { auction008 } from './008-seller-owners.ts';
import { auction009 } from './009-barred.ts';
import { auction010 } from './010-earlier-titles.ts';
import { auction011 } from './011-earlier-states.ts';

export const migrations: readonly Migration[] = [
  auction001,
  auction002,
  auction003,
  auction004,
  auction005,
  auction006,
  auction007,
  auction008,
  auction009,
  auction010,
  auction011,
];
