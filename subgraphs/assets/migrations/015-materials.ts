import type { Migration } from '../../../platform/database/migrations.ts';

/** Fields that were set by hand are kept by name; the field of material and technique has another one. */
export const assets015: Migration = {
  name: '015-materials',
  up: [
    `update assets set hand_edits = (hand_edits - 'MEDIUM') || jsonb_build_object('MATERIALS',
       jsonb_set(hand_edits -> 'MEDIUM', '{imported}', jsonb_build_object('materials', hand_edits #> '{MEDIUM,imported,medium}')))
     where hand_edits ? 'MEDIUM'`,
  ],
};
