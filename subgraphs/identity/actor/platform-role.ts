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
  valuesConfig: {
    OPERATOR: { description: 'Supports users: sees and manages accounts, and may act on behalf of others.' },
    FINANCE_ADMIN: { description: 'Responsible for money.' },
    SECURITY_ADMIN: { description: 'Responsible for security.' },
    AUDITOR: { description: 'Reads for audits; pages may hold 1,000 rows.' },
  },
});
