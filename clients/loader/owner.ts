import { LoaderFault } from './fault.ts';
import type { GraphClient } from './graph/client.ts';
import { patiently } from './graph/patience.ts';

export interface Owner {
  id: string;
  displayName: string;
}

/** The roles that may import into an organization. */
const roles = ['EDITOR', 'ADMIN', 'OWNER'];

export const viewerQuery = /* GraphQL */ `
  query LoaderViewer {
    viewer {
      id
      displayName
      actor {
        id
        ... on Service {
          owner {
            id
            displayName
          }
        }
      }
      memberships {
        role
        organization {
          id
          displayName
        }
      }
    }
  }
`;
export const organizationQuery = /* GraphQL */ `
  query LoaderOrganization($id: ID!) {
    organization(id: $id) {
      id
      displayName
    }
  }
`;
export const organizationsQuery = /* GraphQL */ `
  query LoaderOrganizations($name: String!) {
    organizations(filter: { displayName: { eq: $name } }, first: 3) {
      nodes {
        id
        displayName
      }
    }
  }
`;
export const organizationCreate = /* GraphQL */ `
  mutation LoaderOrganizationCreate($input: OrganizationCreateInput!) {
    organizationCreate(input: $input) {
      organization {
        id
        displayName
      }
    }
  }
`;

export interface Viewer {
  id: string;
  displayName: string;
  actor: { id: string; owner?: Owner | null };
  memberships: { role: string; organization: Owner | null }[];
}

/**
 * The owner of the works, or the seller. `wanted` is an id or a name; a name means an organization of the viewer first, then any with
 * this name. Without it the works belong to the viewer's organization called `fallback`, which is created if there is none; those of a
 * service belong to its own organization.
 */
export async function findOwner(graph: GraphClient, wanted: string | null, fallback: string): Promise<Owner> {
  if (wanted !== null && /^(org|usr|agt)_/.test(wanted)) return ownerById(graph, wanted);
  const viewer = await findViewer(graph);
  const name = wanted ?? fallback;
  const own = viewer.memberships.find(
    ({ role, organization }) => roles.includes(role) && organization?.displayName === name,
  );
  if (own?.organization) return own.organization;
  if (wanted !== null) return ownerByName(graph, wanted);
  if (viewer.actor.owner) return viewer.actor.owner;
  return founded(graph, fallback);
}

/** The signed-in user, with their memberships. */
export async function findViewer(graph: GraphClient): Promise<Viewer> {
  const { viewer } = await graph.send<{ viewer: Viewer | null }>(viewerQuery);
  if (!viewer) throw new LoaderFault('The graph did not return the signed-in user.');
  return viewer;
}

async function ownerById(graph: GraphClient, id: string): Promise<Owner> {
  if (!id.startsWith('org_')) return { id, displayName: id };
  const { organization } = await graph.send<{ organization: Owner | null }>(organizationQuery, { id });
  if (!organization) throw new LoaderFault(`There is no organization ${id}.`);
  return organization;
}

async function ownerByName(graph: GraphClient, name: string): Promise<Owner> {
  const { organizations } = await graph.send<{ organizations: { nodes: Owner[] } }>(organizationsQuery, { name });
  const [only, second] = organizations.nodes;
  if (!only) throw new LoaderFault(`There is no organization called "${name}". Without --owner one is created.`);
  if (second) throw new LoaderFault(`Several organizations are called "${name}": use the id with --owner.`);
  return only;
}

/** Creating it twice would make two: after a lost answer it is looked up first. */
function founded(graph: GraphClient, displayName: string): Promise<Owner> {
  let asked = false;
  return patiently(async () => {
    if (asked) {
      const { viewer } = await graph.send<{ viewer: Viewer | null }>(viewerQuery);
      const made = viewer?.memberships.find(({ organization }) => organization?.displayName === displayName);
      if (made?.organization) return made.organization;
    }
    asked = true;
    const answer = await graph.sendOnce<{ organizationCreate: { organization: Owner } }>(organizationCreate, {
      input: { displayName, organizationKind: 'GROUP' },
    });
    return answer.organizationCreate.organization;
  });
}
