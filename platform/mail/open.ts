import { join } from 'node:path';
import type { MailConfig } from '../config/mail.ts';
import type { Logger } from '../telemetry/log.ts';
import { fileMailer } from './files.ts';
import type { Mailer } from './mail.ts';
import { smtpMailer } from './smtp.ts';

/** The sender if none is configured; a reserved domain, since such messages stay on this machine. */
const localSender = 'Ensemble <no-reply@ensemble.localhost>';

/** The configured mailer: an SMTP server, or files in the data folder. */
export function openMailer(config: MailConfig, dataDir: string, log: Logger): Mailer {
  if (config.url !== null && config.from !== null) return smtpMailer(config.url, config.from);
  return fileMailer(join(dataDir, 'mail'), config.from ?? localSender, log);
}
