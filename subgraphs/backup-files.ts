/** Files of a data folder that belong to its database: a backup takes them along, a restore puts them back. */
export const filesBeside = ['sealing.key', 'operator.json', 'demo.json'] as const;
