/** The process of the subgraphs: answers from memory, after a fixed latency if one is set. */
import { Answers } from './answers.ts';
import { systems } from './systems/index.ts';
import { responseOf, serve, type Respond } from './wire.ts';

/** Sets the latency in milliseconds if it is given. The reply has the number of requests answered so far. */
export interface SubgraphsOrder {
  latency?: number;
}
export interface SubgraphsSeen {
  /** Addresses by name. */
  urls: Record<string, string>;
  calls: number;
}

let latency = 0;
let calls = 0;

function respondFor(answers: Answers): Respond {
  return (body) => {
    calls += 1;
    const known = answers.known(body);
    if (latency === 0) return known ?? answers.compute(body, responseOf);
    return new Promise((resolve) => {
      setTimeout(() => resolve(known ?? answers.compute(body, responseOf)), latency);
    });
  };
}

const urls: Record<string, string> = {};
for (const system of systems) {
  const { port } = await serve(respondFor(new Answers(system)));
  urls[system.name] = `http://127.0.0.1:${port}/graphql`;
}
process.on('message', (order: SubgraphsOrder) => {
  latency = order.latency ?? latency;
  process.send?.({ urls, calls } satisfies SubgraphsSeen);
});
// The benchmark has ended, however it did.
process.on('disconnect', () => process.exit(0));
process.send?.({ urls, calls } satisfies SubgraphsSeen);
