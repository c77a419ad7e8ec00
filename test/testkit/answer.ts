/** Any JSON: a test's expectations describe its shape. */
export type Answer = ReturnType<typeof JSON.parse>;
