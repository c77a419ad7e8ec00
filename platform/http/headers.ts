import type { ServerResponse } from 'node:http';

/** The header in which a gateway says, between processes, where the client sees the graph. */
export const originHeader = 'ensemble-origin';

/** Says that the answer depends on these request headers too, besides those that were named before. */
export function varyBy(response: ServerResponse, names: readonly string[]): void {
  const before = String(response.getHeader('vary') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  response.setHeader('vary', [...new Set([...before, ...names])].join(', '));
}
