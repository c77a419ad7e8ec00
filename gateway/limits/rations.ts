/** The rations of one consumer, over time and at the same time. Each number is the largest allowed value. */
export interface Rations {
  /** Estimated objects per second, and at once after a pause. Each operation is charged 100 besides its own. */
  rate: number;
  burst: number;
  /** Bytes per second of bodies and answers, and at once after a pause. */
  traffic: number;
  trafficBurst: number;
  /** Operations that run or whose answer the client has not received yet, at the same time. */
  atOnce: number;
  /** Milliseconds that an operation may take. */
  time: number;
  /** Bytes of an answer, and of an event of a subscription. */
  answer: number;
  /** Milliseconds within which the client must receive what was sent; over HTTP as much again for each further 4 MiB of the answer. */
  taking: number;
  /** WebSockets, and HTTP responses that stay open or are reserved. */
  sockets: number;
  /**
   * Subscriptions, per connection and in total: a shared one counts 1, an unshared one 5, and each adds 1 per 500 estimated objects of an
   * event.
   */
  streamsPerSocket: number;
  streams: number;
  /** Requests per second for pictures and other files (`/media/`, `/iiif/`, `/uploads/`), and at once after a pause. */
  files: number;
  filesBurst: number;
  /** Bytes of files per second, up and down, and at once after a pause. */
  fileTraffic: number;
  fileTrafficBurst: number;
  /** File requests in progress at the same time. */
  filesAtOnce: number;
}

/**
 * Anonymous, by address: ten of the largest operations after a pause and one per second, or 200 small ones per second; a page with a
 * dozen live tiles in a few tabs. Signed in, by actor: ten of the largest and one every two seconds, screens full of tiles. Analysts,
 * by key or actor: five of the largest, exports over many connections at a time. A remote subgraph may answer at most 16 MiB; a page
 * of 1,000 rich objects is 2 MB.
 *
 * Files are counted separately, so that heavy queries do not leave gaps in a page of pictures, nor films in the graph. Anonymous:
 * twenty pages of 100 thumbnails after a pause and two per second, where a zooming viewer requests about 100 tiles in its busiest
 * second; a fully used line of 250 Mbit/s; two such pages at once over HTTP/2, or fifty browsers with six connections. Signed in: a
 * folder uploaded from the same network. Analysts: exports of pictures over many connections.
 */
export const defaultRations: Record<'anonymous' | 'signedIn' | 'analyst', Rations> = {
  anonymous: {
    rate: 20_000,
    burst: 200_000,
    traffic: 4_194_304,
    trafficBurst: 67_108_864,
    atOnce: 40,
    time: 10_000,
    answer: 4_194_304,
    taking: 30_000,
    sockets: 20,
    streamsPerSocket: 60,
    streams: 200,
    files: 200,
    filesBurst: 2_000,
    fileTraffic: 33_554_432,
    fileTrafficBurst: 1_073_741_824,
    filesAtOnce: 300,
  },
  signedIn: {
    rate: 50_000,
    burst: 1_000_000,
    traffic: 8_388_608,
    trafficBurst: 268_435_456,
    atOnce: 100,
    time: 15_000,
    answer: 8_388_608,
    taking: 30_000,
    sockets: 50,
    streamsPerSocket: 300,
    streams: 1_000,
    files: 300,
    filesBurst: 3_000,
    fileTraffic: 67_108_864,
    fileTrafficBurst: 4_294_967_296,
    filesAtOnce: 300,
  },
  analyst: {
    rate: 200_000,
    burst: 5_000_000,
    traffic: 33_554_432,
    trafficBurst: 1_073_741_824,
    atOnce: 200,
    time: 30_000,
    answer: 16_777_216,
    taking: 60_000,
    sockets: 200,
    streamsPerSocket: 1_000,
    streams: 5_000,
    files: 1_000,
    filesBurst: 10_000,
    fileTraffic: 134_217_728,
    fileTrafficBurst: 17_179_869_184,
    filesAtOnce: 1_000,
  },
};

/** Multiple of one ration for a shared account: people behind an address, keys of a service, those for whom an agent acts. */
export const crowd = 4;

/** TCP connections of the process. Each costs a few KiB and a file descriptor; more wait in the system's queue or are refused. */
export const mostConnections = 5_000;

/**
 * Invalid tokens and keys per second from one address, and at once: verifying a key costs identity a statement. `looking` limits
 * those being verified at the same time: as many as an office has in progress when identity is slow.
 */
export const badTokens = { rate: 10, burst: 100, looking: 400 };
