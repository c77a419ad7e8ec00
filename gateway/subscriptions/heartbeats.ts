/** Milliseconds between two beats of one connection. */
const period = 500;
/** Parts of the period: ten thousand connections at once would hold up the events of all. */
const slots = 20;

interface Beating {
  beat(): void;
}

/** Calls each of many connections once per period, spread evenly over it. */
export class Heartbeats {
  private readonly members = Array.from({ length: slots }, () => new Set<Beating>());
  private readonly timer: NodeJS.Timeout;
  private turn = 0;
  private joined = 0;

  constructor() {
    this.timer = setInterval(() => this.tick(), period / slots).unref();
  }

  /** Adds a connection; returns the function that removes it. */
  add(member: Beating): () => void {
    const slot = this.members[(this.joined += 1) % slots];
    slot?.add(member);
    return () => slot?.delete(member);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    this.turn = (this.turn + 1) % slots;
    for (const member of this.members[this.turn] ?? []) member.beat();
  }
}
