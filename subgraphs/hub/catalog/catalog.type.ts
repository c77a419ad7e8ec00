import { Directive, Field, ObjectType, registerEnumType } from 'type-graphql';

export const RootKindEnum = { QUERY: 'QUERY', MUTATION: 'MUTATION', SUBSCRIPTION: 'SUBSCRIPTION' } as const;
registerEnumType(RootKindEnum, {
  name: 'CatalogRootKind',
  valuesConfig: {
    QUERY: { description: 'A query.' },
    MUTATION: { description: 'A mutation.' },
    SUBSCRIPTION: { description: 'A subscription.' },
  },
  description: 'The operation type of a root field.',
});

@ObjectType('CatalogRoot', { description: 'A root field of the graph.' })
export class CatalogRoot {
  @Field(() => String, { description: 'The name of the field.' })
  name!: string;

  @Field(() => RootKindEnum, { description: 'The operation type that the field belongs to.' })
  kind!: keyof typeof RootKindEnum;

  @Field(() => String, { description: 'What the field does, with its limits and errors.' })
  description!: string;

  @Field(() => String, { description: 'Who may use it: `public`, `signedIn`, `self`, or a permission.' })
  access!: string;

  @Field(() => [String], { description: 'The facts that a mutation publishes; empty for queries and subscriptions.' })
  facts!: string[];
}

@ObjectType('CatalogExample', { description: 'An operation to try.' })
export class CatalogExample {
  @Field(() => String, { description: 'The name of the operation.' })
  name!: string;

  @Field(() => String, { description: 'What the operation shows.' })
  description!: string;

  @Field(() => String, { description: 'The operation, as text.' })
  operation!: string;

  @Field(() => String, { nullable: true, description: 'Its variables, as JSON.' })
  variables!: string | null;

  @Field(() => Boolean, { description: 'Whether it works without signing in.' })
  public!: boolean;
}

@ObjectType('CatalogPermission', { description: 'A right that roles grant.' })
export class CatalogPermission {
  @Field(() => String, { description: 'The permission as `os.noun.verb`.' })
  name!: string;

  @Field(() => String, { description: 'What the permission allows.' })
  sentence!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The weakest organization role that holds it over what the organization owns.',
  })
  organizationRole!: string | null;

  @Field(() => [String], { description: 'The platform roles that hold it everywhere.' })
  platformRoles!: string[];

  @Field(() => Boolean, { description: 'Whether everybody holds it over what they own.' })
  own!: boolean;
}

@ObjectType('CatalogFact', { description: 'An event that a system publishes to the others after it has happened.' })
export class CatalogFact {
  @Field(() => String, { description: 'The fact type as `os.noun.participle`.' })
  type!: string;

  @Field(() => String, { description: 'What happened.' })
  sentence!: string;
}

@ObjectType('CatalogSystem', { description: 'One of the systems behind the graph.' })
export class CatalogSystem {
  @Field(() => String, {
    description: 'The name of the system, as in the prefix of descriptions and in the names of permissions.',
  })
  name!: string;

  @Field(() => String, { description: 'The display name.' })
  title!: string;

  @Field(() => String, { description: 'What the system does.' })
  description!: string;

  @Directive('@listSize(assumedSize: 150)')
  @Field(() => [CatalogRoot], { description: 'Its root fields; at most 150.' })
  roots!: CatalogRoot[];

  @Directive('@listSize(assumedSize: 150)')
  @Field(() => [CatalogExample], { description: 'Its example operations; at most 150.' })
  examples!: CatalogExample[];

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [CatalogPermission], { description: 'Its permissions; at most 100.' })
  permissions!: CatalogPermission[];

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [CatalogFact], { description: 'Its fact types; at most 100.' })
  facts!: CatalogFact[];
}

@ObjectType('Catalog', { description: 'The graph, described by itself.' })
export class Catalog {
  @Directive('@listSize(assumedSize: 32)')
  @Field(() => [CatalogSystem], { description: 'The systems of the graph, in a fixed order.' })
  systems!: CatalogSystem[];
}
