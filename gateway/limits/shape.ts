/** A path from the outside in, shared by many shapes: one step, and the rest below it. */
export interface Step {
  readonly name: string;
  readonly next: Step | null;
}

/** An object count, and the path that contributes most to it. */
export interface Branch {
  readonly cost: number;
  readonly path: Step;
}

/** The size of a part of an operation with all fragments expanded. */
export interface Shape {
  readonly depth: number;
  readonly deepest: Step | null;
  readonly aliases: number;
  readonly fields: number;
  readonly roots: number;
  /** Number of `__schema` selections. */
  readonly schemas: number;
  readonly cost: number;
  /** The most expensive branch below. */
  readonly costliest: Branch | null;
  /** Lists whose length is determined further up, by the key that determines it: the cost of one row of all of them. */
  readonly open: ReadonlyMap<string, Branch>;
  readonly page: { readonly size: number; readonly path: Step } | null;
}

export const empty: Shape = {
  depth: 0,
  deepest: null,
  aliases: 0,
  fields: 0,
  roots: 0,
  schemas: 0,
  cost: 0,
  costliest: null,
  open: new Map(),
  page: null,
};

export function together(a: Shape, b: Shape): Shape {
  const deeper = b.depth > a.depth ? b : a;
  let open = a.open;
  if (b.open.size > 0) {
    const sum = new Map(a.open);
    for (const [key, branch] of b.open) {
      const before = sum.get(key);
      const path = before && before.cost >= branch.cost ? before.path : branch.path;
      sum.set(key, { cost: (before?.cost ?? 0) + branch.cost, path });
    }
    open = sum;
  }
  return {
    depth: deeper.depth,
    deepest: deeper.deepest,
    aliases: a.aliases + b.aliases,
    fields: a.fields + b.fields,
    roots: a.roots + b.roots,
    schemas: a.schemas + b.schemas,
    cost: a.cost + b.cost,
    costliest: costlier(a.costliest, b.costliest),
    open,
    page: !a.page || (b.page && b.page.size > a.page.size) ? b.page : a.page,
  };
}

/** The shape after the lists under `key` get their number of rows. */
export function closed(shape: Shape, key: string, rows: number): Shape {
  const branch = shape.open.get(key);
  if (!branch) return shape;
  const open = new Map(shape.open);
  open.delete(key);
  const whole = { cost: branch.cost * rows, path: branch.path };
  return { ...shape, open, cost: shape.cost + whole.cost, costliest: costlier(shape.costliest, whole) };
}

/** A field with its selections: `rows` objects of the weight `each`, with everything below, plus its own weight once. */
export function fieldOver(inner: Shape, name: string, rows: number, weight: number, each: number): Shape {
  const cost = weight + rows * (each + inner.cost);
  const open = new Map<string, Branch>();
  for (const [key, branch] of inner.open)
    open.set(key, { cost: branch.cost * rows, path: { name, next: branch.path } });
  return {
    ...inner,
    depth: inner.depth + 1,
    deepest: { name, next: inner.deepest },
    cost,
    costliest: { cost, path: { name, next: inner.costliest?.path ?? null } },
    open,
  };
}

/** A list whose length is determined further up, under `key`. */
export function openList(inner: Shape, name: string, key: string, weight: number, each: number): Shape {
  const one = fieldOver(inner, name, 1, 0, each);
  const path = one.costliest?.path ?? { name, next: null };
  const own = weight > 0 ? { cost: weight, path: { name, next: null } } : null;
  return { ...one, cost: weight, costliest: own, open: new Map([[key, { cost: one.cost, path }]]) };
}

function costlier(a: Branch | null, b: Branch | null): Branch | null {
  return !a || (b && b.cost > a.cost) ? b : a;
}

/** At most eight steps: enough to find the place, and a long query is not echoed. */
export function pathOf(step: Step | null): string {
  const names: string[] = [];
  for (let at = step; at; at = at.next) {
    if (names.length === 8) return `${names.join('.')}…`;
    names.push(at.name);
  }
  return names.join('.');
}
