/** A complete message to one person. */
export interface Mail {
  /** The id of the message; the same for each attempt, so that receivers recognise a duplicate. Becomes the Message-ID. */
  id: string;
  /** One e-mail address. */
  to: string;
  subject: string;
  text: string;
  html: string;
  /** When it was requested. */
  date: Date;
}

/** Sends mail. `send` calls a server: never inside a transaction. */
export interface Mailer {
  /**
   * Resolves when the next server has accepted the message. Rejects with `MailRefused` if it will never accept it, with another
   * error if a later attempt may succeed.
   */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

/** A server refused a message permanently (SMTP 5yz, RFC 5321 section 4.2.1): a retry would be refused again. */
export class MailRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MailRefused';
  }
}

/** How an OS sends mail, and where the links in it lead. */
export interface MailPort {
  mailer: Mailer;
  /** The address before every link, without a slash at the end; null until it is known, and until then nothing is sent. */
  publicUrl: () => string | null;
}
