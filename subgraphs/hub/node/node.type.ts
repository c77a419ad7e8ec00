import { Directive, Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import { prefixOf } from '../../../platform/ids/ids.ts';
import { entityNames } from './entities.ts';

/** The hub's knowledge of an entity: its type, from the prefix of its id. */
export interface NodeReference {
  nodeId: string;
  type: string;
}

const entities = entityNames();
const typeOfPrefix = new Map(entities.map(({ prefix, type }) => [prefix, type]));

@InterfaceType('Node', {
  description: 'Any object that `node(id)` can return.',
  resolveType: (node: NodeReference) => node.type,
})
export abstract class NodeType {
  @Directive('@inaccessible')
  @Field(() => ID)
  nodeId!: string;
}

/** The entity that an id refers to, or null if no entity has its prefix. */
export function nodeReference(id: string): NodeReference | null {
  const type = typeOfPrefix.get(prefixOf(id) ?? '');
  return type ? { nodeId: id, type } : null;
}

/**
 * A stub for every entity of the graph. It has only the key that its owner resolves and no id, so that even a query for the id alone
 * asks the owner whether the object exists and is visible. The tag tells gateways which ids are of that type, so that
 * they plan `node(id)` for it alone.
 */
export const nodeTypes = entities.map(({ type, prefix }) => {
  class Stub extends NodeType {}
  Directive('@inaccessible')(Stub.prototype, 'nodeId');
  Field(() => ID)(Stub.prototype, 'nodeId');
  Directive('@key(fields: "nodeId", resolvable: false)')(Stub);
  Directive(`@tag(name: "id/${prefix}")`)(Stub);
  ObjectType(type, { implements: NodeType })(Stub);
  return Stub;
});
