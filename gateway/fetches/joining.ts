/**
 * Milliseconds for which further fetches join a call after it began. Changes that this gateway does not see, such as mutations through
 * another one, are then missed for no longer, and a subgraph that slows down under load still gets only ten calls a second for a fetch.
 */
export const defaultJoining = 100;
