import { createTransport } from 'nodemailer';
import { assertOutside } from '../database/guard.ts';
import { composed } from './compose.ts';
import { MailRefused, type Mail, type Mailer } from './mail.ts';

/** Concurrent connections to the mail server; most providers allow a few. */
const connectionsAtMost = 2;

/** Milliseconds for a connection, its greeting, and between two answers of the server. A message takes a minute at most. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 };

/** Names of this machine: passwords may be sent to it without TLS. */
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Sends by SMTP (RFC 5321). `url` is smtp://user:password@host:port, which changes to TLS if the server offers it and must
 * if there is a password, or smtps://, which uses TLS from the start.
 */
export function smtpMailer(url: string, from: string): Mailer {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    pool: true,
    maxConnections: connectionsAtMost,
    host: hostname.replace(/^\[|\]$/g, ''),
    // 587 is for message submission (RFC 6409), 465 for submission over TLS (RFC 8314).
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    requireTLS: !secure && username !== '' && !loopback.has(hostname),
    ...(username ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
    ...patience,
  });
  return {
    async send(mail: Mail): Promise<void> {
      assertOutside('Sending mail');
      try {
        await transport.sendMail(composed(mail, from));
      } catch (error) {
        throw isRefusal(error) ? new MailRefused(messageOf(error), { cause: error }) : error;
      }
    },
    async close() {
      transport.close();
      return Promise.resolve();
    },
  };
}

/**
 * Only errors about the recipient or the content concern this message. A 5yz at sign-in or greeting is a configuration error, and
 * the messages wait until it is fixed.
 */
function isRefusal(error: unknown): boolean {
  const { responseCode, command } = error as { responseCode?: unknown; command?: unknown };
  const permanent = typeof responseCode === 'number' && responseCode >= 500 && responseCode < 600;
  return permanent && (command === 'RCPT TO' || command === 'DATA');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
