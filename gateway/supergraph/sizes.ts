import {
  Kind,
  type ConstDirectiveNode,
  type ConstValueNode,
  type FieldDefinitionNode,
  type InputObjectTypeDefinitionNode,
} from 'graphql';

/** Maximum sizes of the lists a field returns, and its other costs. */
export interface FieldSize {
  /** Maximum objects in its list, or in the lists within its result, if no argument sets them. */
  readonly assumed: number | null;
  /** Arguments that set the maximum number. */
  readonly slicing: readonly string[];
  /** Lists within its result that have this size, instead of its own list. */
  readonly sized: readonly string[];
  /** The argument that sets the length of this list, of the field itself or of one further up; if any. */
  readonly sizedBy: string | null;
  readonly weight: number;
  /** The weights of its arguments when they are given. */
  readonly argumentWeights: ReadonlyMap<string, number>;
}

const sizedByTag = /^size\/([A-Za-z]+)$/;

/** Reads `@listSize(assumedSize:, slicingArguments:, sizedFields:)`, `@cost(weight:)` and `@tag(name: "size/…")` of a field. */
export function sizeOf(field: FieldDefinitionNode): FieldSize {
  const size = field.directives?.find(({ name }) => name.value === 'listSize');
  const given = (name: string): ConstValueNode | undefined =>
    size?.arguments?.find((argument) => argument.name.value === name)?.value;
  const assumed = given('assumedSize');
  const tags = (field.directives ?? []).flatMap((directive) =>
    directive.name.value === 'tag'
      ? (directive.arguments ?? []).flatMap(({ value }) => (value.kind === Kind.STRING ? [value.value] : []))
      : [],
  );
  const weighed = (field.arguments ?? []).map((each) => [each.name.value, weightIn(each.directives)] as const);
  return {
    assumed: assumed?.kind === Kind.INT ? Number(assumed.value) : null,
    slicing: texts(given('slicingArguments')),
    sized: texts(given('sizedFields')),
    sizedBy: tags.flatMap((tag) => sizedByTag.exec(tag)?.[1] ?? [])[0] ?? null,
    weight: weightIn(field.directives),
    argumentWeights: new Map(weighed.filter(([, weight]) => weight > 0)),
  };
}

/** Whether neither list sizes nor weights are declared. */
export function saysNothing({ assumed, slicing, sized, sizedBy, weight, argumentWeights }: FieldSize): boolean {
  const lists = assumed !== null || slicing.length > 0 || sized.length > 0 || sizedBy !== null;
  return !lists && weight === 0 && argumentWeights.size === 0;
}

/** The weights of the input's fields that have one. */
export function inputWeights({ fields = [] }: InputObjectTypeDefinitionNode): ReadonlyMap<string, number> {
  return new Map(
    fields.flatMap((field) => {
      const weight = weightIn(field.directives);
      return weight > 0 ? [[field.name.value, weight] as const] : [];
    }),
  );
}

/** The weight by `@cost(weight:)`; null if none is declared. A negative one counts as 0: it would offset the cost of other fields. */
export function declaredWeight(directives: readonly ConstDirectiveNode[] | undefined): number | null {
  const cost = directives?.find(({ name }) => name.value === 'cost');
  const weight = cost?.arguments?.find(({ name }) => name.value === 'weight')?.value;
  if (weight?.kind !== Kind.INT && weight?.kind !== Kind.STRING) return null;
  const value = weight.value.trim() === '' ? Number.NaN : Number(weight.value);
  return Number.isFinite(value) ? Math.max(0, value) : null;
}

function weightIn(directives: readonly ConstDirectiveNode[] | undefined): number {
  return declaredWeight(directives) ?? 0;
}

function texts(value: ConstValueNode | undefined): string[] {
  return value?.kind === Kind.LIST
    ? value.values.flatMap((each) => (each.kind === Kind.STRING ? [each.value] : []))
    : [];
}
