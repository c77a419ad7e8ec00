/** Yielded by a stream between events: up to this cursor nothing is missing. Never sent to clients. */
export class StreamMark {
  readonly cursor: string;

  constructor(cursor: string) {
    this.cursor = cursor;
  }
}
