import type { Migration } from '../../../platform/database/migrations.ts';

/** Fields edited by hand are stored by name, and the field of material and technique was renamed. */
export const assets015: Migration = {
  name: '015-materials',
  up: [
    `update assets set hand_edits = (hand_edits - 'MEDIUM') || jsonb_build_object('MATERIALS',
       jsonb_set(hand_edits -> 'MEDIUM', '{imported}', jsonb_build_object('materials', hand_edits #> '{MEDIUM,imported,medium}')))
     where hand_edits ? 'MEDIUM'`,
  ],
};
