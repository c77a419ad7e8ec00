import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { assertOutside } from '../database/guard.ts';
import type { Logger } from '../telemetry/log.ts';
import { composed } from './compose.ts';
import type { Mailer } from './mail.ts';

/**
 * Where no mail server is named: each message becomes a file that mail programs open, readable by its owner alone because links
 * in it open accounts. A message sent again takes its own place. The log says once where they go.
 */
export function fileMailer(folder: string, from: string, log: Logger): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  let told = false;
  return {
    async send(mail) {
      assertOutside('Sending mail');
      const { message } = await transport.sendMail(composed(mail, from));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${mail.id}.eml`);
      const draft = `${path}.new`;
      // A draft of a process that was killed may have other rights than a new file is given.
      await rm(draft, { force: true });
      await writeFile(draft, message as Buffer, { flag: 'wx', mode: 0o600 });
      await rename(draft, path);
      if (told) return;
      told = true;
      log.warn({ folder }, `MAIL_URL is not set: mails are not sent but written to ${folder}`);
    },
    async close() {
      transport.close();
      return Promise.resolve();
    },
  };
}
