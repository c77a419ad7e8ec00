/** A message to one person, ready to go. */
export interface Mail {
  /** The id of what is sent; the same for each attempt, so that a receiver can tell a second copy. Becomes the Message-ID. */
  id: string;
  /** One e-mail address. */
  to: string;
  subject: string;
  text: string;
  html: string;
  /** When it was asked for. */
  date: Date;
}

/** Where mail goes out. `send` is a call to the outside: never inside a transaction. */
export interface Mailer {
  /**
   * Resolves when the next server has taken the message over. Rejects with `MailRefused` when it will never take this one, with
   * anything else when a later attempt may succeed.
   */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

/** A server refused a message for good (SMTP 5yz, RFC 5321 section 4.2.1): sending it again would be refused again. */
export class MailRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MailRefused';
  }
}

/** How an OS sends mail, and where the links in it lead. */
export interface MailPort {
  mailer: Mailer;
  /** The address before every link, without a slash at the end; null until it is known, and nothing is sent before. */
  publicUrl: () => string | null;
}
