import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLSchema,
} from 'graphql';

/** A source of whole numbers below a maximum. */
type Dice = (below: number) => number;

export interface GeneratedOperation {
  source: string;
  variables: Record<string, unknown>;
}

/** Writes an operation on a schema: nested selections with aliases, fragments on possible types, conditions and arguments. */
export function generateOperation(schema: GraphQLSchema, dice: Dice): GeneratedOperation {
  const fragments: string[] = [];
  const root = schema.getQueryType();
  if (!root) throw new Error('There is nothing to ask for.');
  let left = 24;

  const selections = (type: GraphQLCompositeType, depth: number): string => {
    const chosen: string[] = [];
    const wanted = 1 + dice(4);
    for (let n = 0; n < wanted && left > 0; n++) chosen.push(selection(type, depth, n));
    return `{ ${chosen.filter(Boolean).join(' ') || '__typename'} }`;
  };

  const condition = (): string =>
    ['', '', '', '', '', '', ' @include(if: $yes)', ' @skip(if: $yes)', ' @include(if: $no)', ' @skip(if: $unset)'][
      dice(10)
    ] ?? '';

  const selection = (type: GraphQLCompositeType, depth: number, n: number): string => {
    left -= 1;
    if (dice(12) === 0) return '__typename';
    if (isAbstractType(type) ? dice(2) === 0 : dice(10) === 0) {
      const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
      const of = dice(5) === 0 ? type : (possible[dice(possible.length)] ?? type);
      if (dice(3) > 0) return `... on ${of.name}${condition()} ${selections(of, depth)}`;
      const name = `F${fragments.length}`;
      fragments.push('');
      fragments[Number(name.slice(1))] = `fragment ${name} on ${of.name} ${selections(of, depth)}`;
      return `...${name}${condition()}`;
    }
    if (isUnionType(type)) return '__typename';
    const fields = Object.values(type.getFields());
    const field = fields[dice(fields.length)];
    if (!field) return '';
    const below = getNamedType(field.type);
    if (isCompositeType(below) && depth === 0) return '__typename';
    const args = field.args
      .map(({ name }) =>
        name === 'first' ? `first: ${dice(3)}` : `${name}: ${['$id', '"Work1"', '"Author2"', '"Node3"'][dice(4)]}`,
      )
      .join(', ');
    // Fields with arguments always get an alias of their own: two of one name would conflict.
    const alias = args
      ? `${field.name}_${depth}_${n}_${dice(1_000)}: `
      : dice(8) === 0
        ? `${field.name}_${dice(2)}: `
        : '';
    const nested = isCompositeType(below) ? ` ${selections(below, depth - 1)}` : '';
    return `${alias}${field.name}${args ? `(${args})` : ''}${condition()}${nested}`;
  };

  const body = selections(root, 4);
  const used = (name: string): boolean => [body, ...fragments].some((text) => text.includes(`$${name}`));
  const declared = [
    ['yes', 'Boolean!'],
    ['no', 'Boolean = false'],
    ['unset', 'Boolean = true'],
    ['id', 'ID'],
  ].filter(([name]) => used(name ?? ''));
  const head = declared.length > 0 ? `(${declared.map(([name, type]) => `$${name}: ${type}`).join(', ')})` : '';
  return {
    source: [`query Generated${head} ${body}`, ...fragments].join('\n'),
    variables: { ...(used('yes') ? { yes: dice(2) === 0 } : {}), ...(used('id') ? { id: `Work${dice(5)}` } : {}) },
  };
}
