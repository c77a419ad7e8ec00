// Hive Gateway's configuration with identical fetches in flight shared, which is its default.
export const gatewayConfig = {
  logging: 'warn',
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: true } } },
};
