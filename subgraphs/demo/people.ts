/** The people of the demonstration. All names are invented, and no mail can be sent to these addresses. */
export const organizations = {
  museum: { displayName: 'Quillhaven Museum', organizationKind: 'COMPANY' },
  label: { displayName: 'Saltmarsh Records', organizationKind: 'BRAND' },
} as const;

export type OrganizationKey = keyof typeof organizations;
export type DemoRole = 'GUEST' | 'VIEWER' | 'EDITOR' | 'ADMIN' | 'OWNER';

export interface DemoPerson {
  key: string;
  email: string;
  displayName: string;
  /** The owner of an organization is its founder. */
  roles: Partial<Record<OrganizationKey, DemoRole>>;
}

export const people: readonly DemoPerson[] = [
  { key: 'ines', email: 'ines@demo.localhost', displayName: 'Ines Vargaholm', roles: { museum: 'OWNER' } },
  {
    key: 'tomasz',
    email: 'tomasz@demo.localhost',
    displayName: 'Tomasz Belcourt',
    roles: { museum: 'EDITOR', label: 'GUEST' },
  },
  {
    key: 'amara',
    email: 'amara@demo.localhost',
    displayName: 'Amara Oyelin',
    roles: { label: 'OWNER', museum: 'VIEWER' },
  },
  { key: 'jonah', email: 'jonah@demo.localhost', displayName: 'Jonah Whitlock', roles: { label: 'ADMIN' } },
];

/** An autonomous software agent, and a service with an API key. */
export const agent = { displayName: 'Cataloguing Assistant', owner: 'museum' } as const;
export const service = { displayName: 'Saltmarsh Storefront', owner: 'label', keyName: 'Demonstration' } as const;
