import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A message received by the server. */
export interface TakenMail {
  from: string;
  to: string[];
  /** The raw text with headers. */
  raw: string;
  user: string | null;
}

/** A local SMTP server that keeps the mail it receives. */
export interface SmtpInbox extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly taken: readonly TakenMail[];
  /** Sets the answers to the next messages at that stage: a function of the number of earlier ones; null accepts. */
  answer(stage: 'rcpt' | 'data', code: (count: number) => number | null): void;
  close(): Promise<void>;
}

export async function openSmtpInbox(options: { login?: { user: string; pass: string } } = {}): Promise<SmtpInbox> {
  const taken: TakenMail[] = [];
  const answers = { rcpt: () => null, data: () => null } as Record<'rcpt' | 'data', (count: number) => number | null>;
  const counts = { rcpt: 0, data: 0 };
  const refusal = (stage: 'rcpt' | 'data'): Error | null => {
    const responseCode = answers[stage](counts[stage]++);
    return responseCode === null ? null : Object.assign(new Error('not this one'), { responseCode });
  };
  const server = new SMTPServer({
    logger: false,
    disabledCommands: ['STARTTLS', ...(options.login ? [] : ['AUTH'])],
    authOptional: options.login === undefined,
    onAuth: (auth, _session, done) => {
      const { login } = options;
      if (auth.username === login?.user && auth.password === login?.pass) done(null, { user: auth.username });
      else done(Object.assign(new Error('who is this'), { responseCode: 535 }));
    },
    onRcptTo: (_address, _session, done) => done(refusal('rcpt')),
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const refused = refusal('data');
        if (!refused) {
          const { mailFrom, rcptTo } = session.envelope;
          taken.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(parts).toString('utf8'),
            user: typeof session.user === 'string' ? session.user : null,
          });
        }
        done(refused);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    taken,
    answer: (stage, code) => {
      counts[stage] = 0;
      answers[stage] = code;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
