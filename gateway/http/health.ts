import { randomUUID } from 'node:crypto';
import { defaultUniverse } from '../../platform/context/actor.ts';
import type { SubgraphRequest, SubgraphService } from '../../platform/serving/service.ts';
import { gatewayRequest } from '../execution/context.ts';

/** Milliseconds that a subgraph has to answer. */
const patience = 2_000;
/** Milliseconds for which a result is reused, so that the probes of many balancers cost the subgraphs one request a second. */
const lifetime = 1_000;

export interface Readiness {
  ready: boolean;
  status: 'ready' | 'starting' | 'draining' | 'waiting';
  /** Names of the subgraphs, and of other parts of the process, that are not ready. */
  waitingFor: string[];
}

/** Whether the subgraphs of the supergraph answer, and the rest of the process is ready. */
export class Health {
  private readonly services: ReadonlyMap<string, SubgraphService>;
  private readonly required: () => readonly string[];
  private readonly more: () => Promise<string[]> | string[];
  private last: { waitingFor: string[]; at: number } | null = null;
  private looking: Promise<string[]> | null = null;
  state: 'starting' | 'started' | 'draining' = 'starting';

  constructor(
    services: ReadonlyMap<string, SubgraphService>,
    required: () => readonly string[],
    more: () => Promise<string[]> | string[],
  ) {
    this.services = services;
    this.required = required;
    this.more = more;
  }

  async readiness(): Promise<Readiness> {
    if (this.state !== 'started') return { ready: false, status: this.state, waitingFor: [] };
    const waitingFor = await this.absent();
    return { ready: waitingFor.length === 0, status: waitingFor.length === 0 ? 'ready' : 'waiting', waitingFor };
  }

  /** The same without the result of a moment ago, which later requests then get. */
  async readinessNow(): Promise<Readiness> {
    await this.looking;
    this.last = null;
    return this.readiness();
  }

  private absent(): Promise<string[]> {
    if (this.last && Date.now() - this.last.at < lifetime) return Promise.resolve(this.last.waitingFor);
    this.looking ??= this.look().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async look(): Promise<string[]> {
    const names = [...this.required()];
    const answers = await Promise.all(names.map((name) => this.answers(name)));
    const waitingFor = [...names.filter((_, index) => !answers[index]), ...(await this.more())];
    this.last = { waitingFor, at: Date.now() };
    return waitingFor;
  }

  private async answers(name: string): Promise<boolean> {
    const service = this.services.get(name);
    if (!service) return false;
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => {
        controller.abort();
        resolve(false);
      }, patience);
    });
    const request: SubgraphRequest = {
      query: '{ __typename }',
      info: gatewayRequest(randomUUID(), defaultUniverse),
      signal: controller.signal,
    };
    const answered = service.execute(request).then(
      // A foreign subgraph may refuse this question; it is there all the same.
      (result) => service.isForeign === true || !result.errors?.length,
      () => false,
    );
    try {
      return await Promise.race([answered, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
