import type { Migration } from '../../../platform/database/migrations.ts';
import { identity001 } from './001-identity.ts';
import { identity002 } from './002-indexes.ts';
import { identity003People } from './003-people.ts';
import { identity004SignIn } from './004-sign-in.ts';
import { identity005PostalAddresses } from './005-postal-addresses.ts';
import { identity006Mail } from './006-mail.ts';
import { identity007Closing } from './007-closing.ts';
import { identity008Rights } from './008-rights.ts';
import { identity009KeyIssuers } from './009-key-issuers.ts';
import { identity010OpenBusiness } from './010-open-business.ts';
import { identity011Accounts } from './011-accounts.ts';
import { identity012EndedMemberships } from './012-ended-memberships.ts';
import { identity013NormalTexts } from './013-normal-texts.ts';
import { identity014NameWords } from './014-name-words.ts';
import { identity015ClosedBy } from './015-closed-by.ts';
import { identity016EmailCollisions } from './016-email-collisions.ts';
import { identity017StopLinks } from './017-stop-links.ts';

/** In order; append new ones. */
export const migrations: readonly Migration[] = [
  identity001,
  identity002,
  identity003People,
  identity004SignIn,
  identity005PostalAddresses,
  identity006Mail,
  identity007Closing,
  identity008Rights,
  identity009KeyIssuers,
  identity010OpenBusiness,
  identity011Accounts,
  identity012EndedMemberships,
  identity013NormalTexts,
  identity014NameWords,
  identity015ClosedBy,
  identity016EmailCollisions,
  identity017StopLinks,
];
