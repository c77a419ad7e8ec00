/** Milliseconds that a server asks to wait: seconds, or a date (RFC 9110 section 10.2.3). Null if absent or unreadable. */
export function waitOf(header: string | null | undefined): number | null {
  if (header === null || header === undefined) return null;
  const milliseconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(milliseconds, 0) : null;
}
