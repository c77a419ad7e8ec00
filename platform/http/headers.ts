import type { ServerResponse } from 'node:http';

/** The header by which a gateway passes the public origin of the graph to other processes. */
export const originHeader = 'ensemble-origin';

/** Adds request headers to the response's `vary`. */
export function varyBy(response: ServerResponse, names: readonly string[]): void {
  const before = String(response.getHeader('vary') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  response.setHeader('vary', [...new Set([...before, ...names])].join(', '));
}
