import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Arg, Args, ArgsType, Directive, Field, ID, Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { maxIdLength } from '../../../platform/ids/ids.ts';
import { nodeReference, NodeType, type NodeReference } from './node.type.ts';

/** The same limit as a page of a list. */
const nodesAtMost = 100;

@ArgsType()
export class NodesArgs {
  @Field(() => [ID], { description: 'At most 100.' })
  @ArrayMaxSize(nodesAtMost)
  @MaxLength(100, { each: true })
  ids!: string[];
}

function known(id: string, path: string[]): NodeReference {
  const reference = nodeReference(id);
  if (!reference) throw new Invalid(`"${id.slice(0, maxIdLength)}" is not an id of this graph.`, { path });
  return reference;
}

@Resolver(() => NodeType)
export class NodeResolver {
  @Reads('public')
  @Query(() => NodeType, {
    nullable: true,
    description:
      'Any object by its id. Null if it does not exist or the viewer cannot see it. Errors: INVALID for a text that is not an id of this graph.',
  })
  node(@Arg('id', () => ID) id: string): NodeReference {
    return known(id, ['id']);
  }

  @Directive(`@listSize(assumedSize: ${nodesAtMost})`)
  @Directive('@tag(name: "size/ids")')
  @Reads('public')
  @Query(() => [NodeType], {
    nullable: 'items',
    description:
      'Several objects by their ids, in the given order; null for each that does not exist or that the viewer cannot see. Errors: INVALID.',
  })
  nodes(@Args(() => NodesArgs) { ids }: NodesArgs): NodeReference[] {
    return ids.map((id, n) => known(id, ['ids', String(n)]));
  }
}
