/** What a stream says between events: up to this cursor nothing is missing. Never shown to clients. */
export class StreamMark {
  readonly cursor: string;

  constructor(cursor: string) {
    this.cursor = cursor;
  }
}
