/** Names that several OSes could claim: unprefixed, two of them would merge silently. */
export const bareNames: ReadonlySet<string> = new Set([
  'Subscription',
  'Report',
  'Task',
  'Job',
  'Schedule',
  'Template',
  'Channel',
  'Account',
  'Transaction',
  'Transfer',
  'Claim',
  'Event',
  'Address',
  'Schema',
  'Status',
  'Type',
]);
