import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const OwnedActorSchema = defineEntity({
  name: 'OwnedActor',
  tableName: 'owned_actors',
  properties: {
    ...standardColumns,
    ownerId: p.text().name('owner_id'),
  },
});

/** To whom an agent or service belongs, as the facts of identity tell it. Its id is the agent's or service's. */
export class OwnedActor extends OwnedActorSchema.class {}
OwnedActorSchema.setClass(OwnedActor);
