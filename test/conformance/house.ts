import { Kind, type FieldDefinitionNode, type InputValueDefinitionNode, type TypeNode } from 'graphql';
import type { RootDeclaration } from '../../platform/access/declare.ts';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { subgraphs } from '../../subgraphs/index.ts';

export const rootTypes = ['Query', 'Mutation', 'Subscription'] as const;

/** A root field as printed and declared by its OS. */
export interface Root {
  os: Subgraph;
  field: FieldDefinitionNode;
  name: string;
  declaration: RootDeclaration;
}

export function rootsOf(kind: (typeof rootTypes)[number]): Root[] {
  return subgraphs.flatMap((os) => {
    const { roots } = buildSubgraph(os);
    return fieldsOf(os, kind).map((field) => {
      const declaration = roots.get(`${kind}.${field.name.value}`);
      if (!declaration) throw new Error(`${field.name.value} declares nothing`);
      return { os, field, name: field.name.value, declaration };
    });
  });
}

function fieldsOf(os: Subgraph, type: string): readonly FieldDefinitionNode[] {
  return outputTypes(os).find(({ name }) => name === type)?.fields ?? [];
}

export interface OutputType {
  os: Subgraph;
  name: string;
  description: string;
  directives: string[];
  fields: readonly FieldDefinitionNode[];
}

/** The object types and interfaces in the SDL of an OS. */
export function outputTypes(os: Subgraph): OutputType[] {
  return buildSubgraph(os).document.definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? [
          {
            os,
            name: definition.name.value,
            description: definition.description?.value ?? '',
            directives: (definition.directives ?? []).map(({ name }) => name.value),
            fields: definition.fields ?? [],
          },
        ]
      : [],
  );
}

export interface InputTypeOfOs {
  os: Subgraph;
  name: string;
  fields: readonly InputValueDefinitionNode[];
}

export function inputTypes(os: Subgraph): InputTypeOfOs[] {
  return buildSubgraph(os).document.definitions.flatMap((definition) =>
    definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION
      ? [{ os, name: definition.name.value, fields: definition.fields ?? [] }]
      : [],
  );
}

/** A parsed type reference. */
export interface ReadType {
  name: string;
  nonNull: boolean;
  list: boolean;
  itemNonNull: boolean;
}

export function read(type: TypeNode): ReadType {
  const nonNull = type.kind === Kind.NON_NULL_TYPE;
  const inner = nonNull ? type.type : type;
  if (inner.kind === Kind.LIST_TYPE) {
    const item = read(inner.type);
    return { name: item.name, nonNull, list: true, itemNonNull: item.nonNull };
  }
  const name = inner.kind === Kind.NAMED_TYPE ? inner.name.value : '';
  return { name, nonNull, list: false, itemNonNull: false };
}

export const upperFirst = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The values that occur more than once. */
export const doubles = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, n) => values.indexOf(value) !== n)),
];
