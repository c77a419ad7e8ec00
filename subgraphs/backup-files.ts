/** Files of a data folder that belong to its database: a backup includes them, a restore writes them back. */
export const filesBeside = ['sealing.key', 'operator.json', 'demo.json'] as const;
