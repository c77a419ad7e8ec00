import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { assertOutside } from '../database/guard.ts';
import type { Logger } from '../telemetry/log.ts';
import { composed } from './compose.ts';
import type { Mailer } from './mail.ts';

/**
 * Used if no mail server is configured: each message becomes a file for mail programs, readable by its owner alone because its
 * links open accounts. A message sent again replaces its file. The folder is logged once.
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
      // A draft left by a killed process may have other permissions than a new file gets.
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
