/** Whatever JSON holds: tests say by their expectations what they expect of it. */
export type Answer = ReturnType<typeof JSON.parse>;
