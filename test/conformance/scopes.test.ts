import { expect, test } from 'vitest';
import { rootsOf } from '../../platform/access/declare.ts';
import { scopesOf } from '../../platform/subgraph/all-scopes.ts';
import { scopeOf } from '../../platform/subgraph/scopes.ts';
import { subgraphs } from '../../subgraphs/index.ts';

const scopes = scopesOf(subgraphs);
const roots = subgraphs.flatMap(({ name: os, resolvers }) =>
  resolvers.flatMap((resolver) => rootsOf(resolver).map((root) => ({ os, root }))),
);

test.each(roots.map(({ os, root }) => [root.name, os, root] as const))(
  '%s of %s is public, for the gateway, or behind a scope that a key can have',
  (_name, os, root) => {
    const scope = scopeOf(root, os);
    if (scope === null) expect(['public', 'router']).toContain(root.access);
    else expect([...scopes]).toContain(scope);
  },
);
