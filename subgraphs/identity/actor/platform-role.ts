import { registerEnumType } from 'type-graphql';

export const PlatformRoleEnum = {
  OPERATOR: 'OPERATOR',
  FINANCE_ADMIN: 'FINANCE_ADMIN',
  SECURITY_ADMIN: 'SECURITY_ADMIN',
  AUDITOR: 'AUDITOR',
} as const;
registerEnumType(PlatformRoleEnum, {
  name: 'PlatformRole',
  description: 'Roles over the whole platform; none includes another.',
});
