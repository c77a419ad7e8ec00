// Hive Gateway's configuration with each fetch sent for itself.
export const gatewayConfig = {
  logging: 'warn',
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: false } } },
};
