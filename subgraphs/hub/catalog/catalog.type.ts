import { Directive, Field, ObjectType, registerEnumType } from 'type-graphql';

export const RootKindEnum = { QUERY: 'QUERY', MUTATION: 'MUTATION', SUBSCRIPTION: 'SUBSCRIPTION' } as const;
registerEnumType(RootKindEnum, { name: 'CatalogRootKind', description: 'What a root field is.' });

@ObjectType('CatalogRoot', { description: 'A root field of the graph.' })
export class CatalogRoot {
  @Field(() => String)
  name!: string;

  @Field(() => RootKindEnum)
  kind!: keyof typeof RootKindEnum;

  @Field(() => String)
  description!: string;

  @Field(() => String, { description: 'Who may use it: `public`, `signedIn`, `self`, or a permission.' })
  access!: string;

  @Field(() => [String], { description: 'The facts that a mutation tells.' })
  facts!: string[];
}

@ObjectType('CatalogExample', { description: 'An operation to try.' })
export class CatalogExample {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  description!: string;

  @Field(() => String, { description: 'The operation, as text.' })
  operation!: string;

  @Field(() => String, { nullable: true, description: 'Its variables, as JSON.' })
  variables!: string | null;

  @Field(() => Boolean, { description: 'Whether it answers without signing in.' })
  public!: boolean;
}

@ObjectType('CatalogPermission', { description: 'Something that a role allows.' })
export class CatalogPermission {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  sentence!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The weakest organization role that holds it over what the organization owns.',
  })
  organizationRole!: string | null;

  @Field(() => [String], { description: 'The platform roles that hold it everywhere.' })
  platformRoles!: string[];

  @Field(() => Boolean, { description: 'Whether everybody holds it over what is their own.' })
  own!: boolean;
}

@ObjectType('CatalogFact', { description: 'Something that a system tells the others when it has happened.' })
export class CatalogFact {
  @Field(() => String)
  type!: string;

  @Field(() => String)
  sentence!: string;
}

@ObjectType('CatalogSystem', { description: 'One of the systems behind the graph.' })
export class CatalogSystem {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  title!: string;

  @Field(() => String)
  description!: string;

  @Directive('@listSize(assumedSize: 150)')
  @Field(() => [CatalogRoot])
  roots!: CatalogRoot[];

  @Directive('@listSize(assumedSize: 150)')
  @Field(() => [CatalogExample])
  examples!: CatalogExample[];

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [CatalogPermission])
  permissions!: CatalogPermission[];

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [CatalogFact])
  facts!: CatalogFact[];
}

@ObjectType('Catalog', { description: 'The graph, described by itself.' })
export class Catalog {
  @Directive('@listSize(assumedSize: 32)')
  @Field(() => [CatalogSystem])
  systems!: CatalogSystem[];
}
