import type { Database } from '../../platform/database/database.ts';
import type { SubgraphService } from '../../platform/serving/service.ts';

/** Sits between gateway and OSes, records statements, and tracks streams that are being opened. */
export class Watch {
  readonly #database: Database;
  #recording: string[] | null = null;
  opening = 0;
  /** Number of streams that have started, including ended ones. */
  begun = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  watched(service: SubgraphService): SubgraphService {
    return {
      name: service.name,
      execute: async (request) => {
        const recording = this.#recording;
        // The gateway's own actor id.
        if (!recording || request.info.actor.id === 'svc_gateway') return service.execute(request);
        let result: Awaited<ReturnType<SubgraphService['execute']>> | undefined;
        const texts = await this.#database.statements.record(async () => {
          result = await service.execute(request);
        });
        recording.push(...texts.filter((text) => !/^(begin|commit|rollback)\b/i.test(text)));
        return result as NonNullable<typeof result>;
      },
      handle: (routed) => service.handle?.(routed) ?? Promise.resolve(),
      subscribe: async (request) => {
        this.opening += 1;
        try {
          const stream = await service.subscribe(request);
          this.begun += 1;
          return stream;
        } finally {
          this.opening -= 1;
        }
      },
    };
  }

  async statements(fn: () => Promise<unknown>): Promise<string[]> {
    if (this.#recording) throw new Error('Statements are already being recorded.');
    const recording: string[] = [];
    this.#recording = recording;
    try {
      await fn();
    } finally {
      this.#recording = null;
    }
    return recording;
  }
}
