import 'reflect-metadata';
import {
  createUnionType,
  Field,
  FieldResolver,
  getMetadataStorage,
  InputType,
  InterfaceType,
  ObjectType,
  Arg,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import { expect, test } from 'vitest';
import { withMetadataOf } from '../../../platform/subgraph/metadata.ts';

const Colour = { RED: 'RED' } as const;
registerEnumType(Colour, { name: 'MetadataColour' });

@InterfaceType('MetadataNamed')
abstract class Named {
  @Field(() => String)
  name!: string;
}

@ObjectType('MetadataShip', { implements: Named })
class Ship extends Named {}

@ObjectType('MetadataBase', { isAbstract: true } as never)
abstract class Base {
  @Field(() => Colour)
  colour!: keyof typeof Colour;
}

@ObjectType('MetadataThing')
class Thing extends Base {
  @Field(() => Named)
  named!: Named;
}

@ObjectType('MetadataOther')
class Other {
  @Field(() => String)
  word!: string;
}

const Either = createUnionType({ name: 'MetadataEither', types: () => [Thing, Other] as const });

@InputType('MetadataInput')
class Given {
  @Field(() => Colour)
  colour!: keyof typeof Colour;
}

@Resolver(() => Thing)
class ThingResolver {
  @Query(() => [Thing])
  metadataThings(@Arg('given', () => Given) _given: Given): Thing[] {
    return [];
  }

  @FieldResolver(() => Other)
  other(): Other {
    return new Other();
  }
}

@Resolver()
class EitherResolver {
  @Query(() => Either)
  metadataEither(): Thing {
    return new Thing();
  }
}

@ObjectType('MetadataStranger')
class Stranger {
  @Field(() => String)
  word!: string;
}

@Resolver(() => Stranger)
class StrangerResolver {
  @Query(() => Stranger)
  metadataStranger(): Stranger {
    return new Stranger();
  }
}

const whole = () => getMetadataStorage().clone();
const of = (...classes: unknown[]) => withMetadataOf(classes, whole);

test('a schema contains only what its classes refer to, whatever else the process declares', () => {
  const found = of(ThingResolver);
  expect(found.queries.map(({ methodName }) => methodName)).toEqual(['metadataThings']);
  expect(found.fieldResolvers.map(({ methodName }) => methodName)).toEqual(['other']);
  expect(found.objectTypes.map(({ target }) => target)).toEqual([Ship, Base, Thing, Other]);
  expect(found.interfaceTypes.map(({ target }) => target)).toEqual([Named]);
  expect(found.inputTypes.map(({ target }) => target)).toEqual([Given]);
  expect(found.enums.map(({ name }) => name)).toEqual(['MetadataColour']);
  expect(found.unions).toEqual([]);
  expect(found.params.map(({ target }) => target)).toEqual([ThingResolver.prototype.constructor]);
});

test('a union includes its types, and later declarations are found too', () => {
  const found = of(EitherResolver);
  expect(found.unions.map(({ name }) => name)).toEqual(['MetadataEither']);
  expect(found.objectTypes.map(({ target }) => target)).toEqual([Ship, Base, Thing, Other]);
  @ObjectType('MetadataLate')
  class Late {
    @Field(() => String)
    word!: string;
  }
  expect(of(Late).fields.map(({ target }) => target)).toEqual([Late]);
});

test('afterwards, even if building fails, TypeGraphQL has all declarations again', () => {
  expect(() =>
    withMetadataOf([], () => {
      throw new Error('no schema');
    }),
  ).toThrow('no schema');
  expect(whole().queries.map(({ methodName }) => methodName)).toEqual(
    expect.arrayContaining(['metadataThings', 'metadataEither', 'metadataStranger']),
  );
  expect(StrangerResolver).toBeDefined();
});
