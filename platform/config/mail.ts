import { z } from 'zod';

/** How mail is sent. */
export interface MailConfig {
  /** smtp:// or smtps://; null writes messages into the data folder instead. */
  url: string | null;
  /** `Name <address>` or an address; never null where there is a url. */
  from: string | null;
  /** Where links in messages lead, without a slash at the end; null is the gateway's own address. */
  publicUrl: string | null;
}

const isSmtp = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(value);
  return /^smtps?:$/.test(protocol) && hostname !== '' && /^\/?$/.test(pathname) && search === '' && hash === '';
};

const isPublic = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const { protocol, search, hash, username } = new URL(value);
  return /^https?:$/.test(protocol) && search === '' && hash === '' && username === '';
};

/** The variables of mail, for the programs that read them with others. */
export const mailVariables = {
  MAIL_URL: z
    .string()
    .refine(isSmtp, 'is smtp://user:password@host:port or smtps://…')
    .optional()
    .describe('smtp://user:password@host:port or smtps://…; without it mails are files in `DATA_DIR/mail`'),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(/^([^<>@\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/, 'must be an address, or "Name <address>"')
    .optional()
    .describe('sender of mails: `Name <address>`; required with `MAIL_URL`'),
  PUBLIC_URL: z
    .string()
    .refine(isPublic, 'must be an http:// or https:// address without a query')
    .transform((value) => value.replace(/\/+$/, ''))
    .optional()
    .meta({
      description: 'base of links in mails and of IIIF ids; required with `MAIL_URL` where OSes run apart',
      byDefault: "the gateway's own address",
    }),
};

/** A fault in how they combine, as "VARIABLE: sentence"; null if there is none. */
export function mailFault(values: { MAIL_URL?: string | undefined; MAIL_FROM?: string | undefined }): string | null {
  return values.MAIL_URL !== undefined && values.MAIL_FROM === undefined
    ? 'MAIL_FROM: is needed with MAIL_URL; it is the sender of messages'
    : null;
}

export function mailConfigOf(values: {
  MAIL_URL?: string | undefined;
  MAIL_FROM?: string | undefined;
  PUBLIC_URL?: string | undefined;
}): MailConfig {
  return { url: values.MAIL_URL ?? null, from: values.MAIL_FROM ?? null, publicUrl: values.PUBLIC_URL ?? null };
}
